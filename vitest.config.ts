import { defineConfig } from "vitest/config";
import { TIERS } from "./scripts/tiers.mjs";

/** Two cores; programs and brokers wait more than they work, and no spec measures time. */
const WORKERS = 2;
/** Specs that run whole programs: longer limits, behind all the others. */
const PROGRAMS = TIERS.filter(({ needs }) => needs.includes("build")).flatMap(({ folders }) =>
  folders.map((folder) => `test/${folder}/**`),
);

export default defineConfig({
  test: {
    environment: "node",
    pool: "forks",
    maxWorkers: WORKERS,
    // A second is enough on a quiet machine alone.
    expect: { poll: { timeout: 10_000 } },
    coverage: { provider: "v8", include: ["src/**/*.ts"] },
    projects: [
      {
        extends: true,
        test: {
          name: "rules",
          globalSetup: "test/support/setup.ts",
          include: ["test/**/*.spec.{ts,tsx}"],
          exclude: PROGRAMS,
          testTimeout: 15_000,
          hookTimeout: 30_000,
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
          testTimeout: 15_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "programs",
          globalSetup: ["test/support/setup.ts", "test/support/natsserver.ts"],
          include: PROGRAMS.map((folder) => `${folder}/*.spec.{ts,tsx}`),
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Whole programs start and reconnect meanwhile.
          expect: { poll: { timeout: 20_000 } },
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
