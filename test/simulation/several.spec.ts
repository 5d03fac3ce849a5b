import { expect, test } from "vitest";
import { isSingle, loses } from "./plan.ts";
import { runSeeds } from "./seeds.ts";

test("[A11][A12][G1][G3][G9] under several faults nothing acknowledged is lost, doubled or reordered, and no open socket is behind for 20 s", async () => {
  const seen = await runSeeds((seed) => !isSingle(seed) && !loses(seed));
  expect(seen["acks"]).toBeGreaterThan(100);
  // Owners have changed, devices have come back to messages and receipts that they had missed, and copies have been told twice that
  // nobody has seen twice.
  expect(seen["claims"]).toBeGreaterThan(24);
  expect(seen["resumes"]).toBeGreaterThan(12);
  expect(seen["doubled"]).toBeGreaterThan(0);
  // Groups have accepted much, and refused some of it.
  expect(seen["groupFacts"]).toBeGreaterThan(40);
  expect(seen["refused"]).toBeGreaterThan(10);
}, 300_000);
