import { expect, test } from "vitest";
import { isSingle, rollsBack } from "./plan.ts";
import { runSeeds } from "./seeds.ts";

test("[A11][A12] under several faults nothing acknowledged is lost, doubled or reordered, and no open socket is behind for 20 s", async () => {
  const seen = await runSeeds((seed) => !isSingle(seed) && !rollsBack(seed));
  expect(seen["acks"]).toBeGreaterThan(100);
  // Owners have changed, devices have come back, and copies have been told twice that nobody has seen twice.
  expect(seen["claims"]).toBeGreaterThan(24);
  expect(seen["resumes"]).toBeGreaterThan(54);
  expect(seen["doubled"]).toBeGreaterThan(0);
}, 300_000);
