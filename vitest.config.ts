import { defineConfig } from "vitest/config";

/** Two cores, and a nats-server beside each broker spec. */
const WORKERS = 2;
/** Specs that run whole programs: one file at a time, or they measure each other. */
const ALONE = ["test/e2e/**", "test/faults/**", "test/browser/**", "test/scripts/**"];

export default defineConfig({
  test: {
    environment: "node",
    pool: "forks",
    maxWorkers: WORKERS,
    globalSetup: "test/support/setup.ts",
    coverage: { provider: "v8", include: ["src/**/*.ts"] },
    projects: [
      {
        extends: true,
        test: {
          name: "rules",
          include: ["test/**/*.spec.{ts,tsx}"],
          exclude: ALONE,
          testTimeout: 15_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "alone",
          include: ALONE.map((folder) => `${folder}/*.spec.{ts,tsx}`),
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
