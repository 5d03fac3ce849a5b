import { expect, test } from "vitest";
import { rollsBack } from "./plan.ts";
import { runSeeds } from "./seeds.ts";

test("[L5][L6] when a stream comes back shorter it is noticed at the first entry that differs, and nothing acknowledged behind it is dropped as a repeat", async () => {
  const seen = await runSeeds(rollsBack);
  expect(seen["acks"]).toBeGreaterThan(100);
  expect(seen["generations"]).toBeGreaterThan(6);
  expect(seen["resyncs"]).toBeGreaterThan(12);
  // Copies that came before all was told again count for nobody, and were told once more.
  expect(seen["void"]).toBeGreaterThan(0);
  expect(seen["doubled"]).toBeGreaterThan(0);
}, 300_000);
