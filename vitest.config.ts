import { defineConfig } from "vitest/config";
import { TIERS } from "./scripts/tiers.mjs";
import { LongestFirst } from "./test/support/longest.ts";
import { PATIENCE_MS } from "./test/support/patience.ts";

/** More than the two cores of a machine of CI: programs and brokers wait, too. With four each is waited for longer, and none is done sooner. */
const WORKERS = 3;
/** Of a test and of a hook: what is waited for in it is given up first, and says what it is. */
const RULES_MS = PATIENCE_MS + 30_000;
/** A test of whole programs waits for several things, one behind the other. */
const PROGRAMS_MS = 3 * PATIENCE_MS;

/** Specs that run whole programs: longer limits, behind all the others. */
const PROGRAMS = TIERS.filter(({ needs }) => needs.includes("build")).flatMap(({ folders }) =>
  folders.map((folder) => `test/${folder}/**`),
);

export default defineConfig({
  test: {
    environment: "node",
    pool: "forks",
    // A process runs many files, one behind the other: to load the code takes longer than most specs of it.
    isolate: false,
    setupFiles: ["test/support/apart.ts"],
    maxWorkers: WORKERS,
    sequence: { sequencer: LongestFirst },
    expect: { poll: { timeout: PATIENCE_MS } },
    coverage: { provider: "v8", include: ["src/**/*.ts"] },
    projects: [
      {
        extends: true,
        test: {
          name: "rules",
          globalSetup: "test/support/setup.ts",
          include: ["test/**/*.spec.{ts,tsx}"],
          exclude: PROGRAMS,
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
          include: PROGRAMS.map((folder) => `${folder}/*.spec.{ts,tsx}`),
          testTimeout: PROGRAMS_MS,
          hookTimeout: PROGRAMS_MS,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
