import { defineConfig } from "vitest/config";
import { TIERS } from "./scripts/tiers.mjs";
import { LongestFirst } from "./test/support/longest.ts";
import { PATIENCE_MS } from "./test/support/patience.ts";

/** More than the two cores of a machine of CI: programs and brokers wait more than they work. */
const WORKERS = 4;
/** Of a test and of a hook: what is waited for in it is given up first, and says what it is. */
const RULES_MS = PATIENCE_MS + 30_000;
/** A test of whole programs waits for several things, one behind the other. */
const PROGRAMS_MS = 3 * PATIENCE_MS;

const below = (need: string): string[] =>
  TIERS.filter(({ needs }) => needs.some((each) => each === need)).flatMap(({ folders }) =>
    folders.map((folder) => `test/${folder}/**`),
  );
/** Specs that run whole programs: longer limits, behind all the others. */
const PROGRAMS = below("build");
/** Specs with a broker of their own. */
const BROKER = below("nats-server").filter((folder) => !PROGRAMS.includes(folder));
/** Specs whose modules are not as all others have them. */
const APART = ["test/nats/admission.spec.ts"];

const specsIn = (folders: readonly string[]): string[] =>
  folders.map((folder) => `${folder}/*.spec.{ts,tsx}`);

export default defineConfig({
  test: {
    environment: "node",
    pool: "forks",
    maxWorkers: WORKERS,
    sequence: { sequencer: LongestFirst },
    expect: { poll: { timeout: PATIENCE_MS } },
    coverage: { provider: "v8", include: ["src/**/*.ts"] },
    projects: [
      {
        extends: true,
        test: {
          name: "rules",
          // A process for all of them, one behind the other: to load the code takes longer than most specs of it.
          isolate: false,
          setupFiles: "test/support/apart.ts",
          globalSetup: "test/support/setup.ts",
          include: ["test/**/*.spec.{ts,tsx}"],
          exclude: [...PROGRAMS, ...BROKER, ...APART],
          testTimeout: RULES_MS,
          hookTimeout: RULES_MS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "broker",
          globalSetup: "test/support/setup.ts",
          include: [...specsIn(BROKER), ...APART],
          testTimeout: RULES_MS,
          hookTimeout: RULES_MS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // Everything that says "react" gets React 18 here, react-dom included.
        resolve: { alias: [{ find: /^react(-dom)?(?=\/|$)/, replacement: "react$1-18" }] },
        test: {
          name: "react 18",
          setupFiles: "test/react/eighteen.ts",
          include: ["test/react/*.spec.tsx"],
          testTimeout: RULES_MS,
          hookTimeout: RULES_MS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "programs",
          globalSetup: ["test/support/setup.ts", "test/support/natsserver.ts"],
          include: specsIn(PROGRAMS),
          testTimeout: PROGRAMS_MS,
          hookTimeout: PROGRAMS_MS,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
