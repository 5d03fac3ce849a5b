import { expect, test } from "vitest";
import { isSingle } from "./plan.ts";
import { runSeeds } from "./seeds.ts";

test("[A11][A12] after a single fault nothing acknowledged is lost, doubled or reordered, and no open socket is behind for 10 s", async () => {
  const seen = await runSeeds(isSingle);
  expect(seen["acks"]).toBeGreaterThan(100);
  expect(seen["claims"]).toBeGreaterThan(12);
}, 300_000);
