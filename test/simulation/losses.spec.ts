import { expect, test } from "vitest";
import { loses, type Plan } from "./plan.ts";
import { runSeeds } from "./seeds.ts";
import { simulate } from "./simulation.ts";

test("[L5][L6] when a stream comes back shorter, empty, or as a backup has it, it is noticed at the first entry that differs, and nothing acknowledged behind it is dropped as a repeat", async () => {
  const seen = await runSeeds(loses);
  expect(seen["acks"]).toBeGreaterThan(100);
  expect(seen["generations"]).toBeGreaterThan(9);
  expect(seen["resyncs"]).toBeGreaterThan(24);
  // Copies that came before all was told again count for nobody, and were told once more.
  expect(seen["void"]).toBeGreaterThan(0);
  expect(seen["doubled"]).toBeGreaterThan(0);
}, 300_000);

test("[L6][L10] a backup of a stream that was rolled back, and of which nobody had noticed it, is put back, and what was lost is told again", async () => {
  const plan: Plan = {
    seed: 188,
    hosts: 2,
    gateways: 2,
    windowMs: 300,
    faults: [
      {
        at: 6_610,
        forMs: 1_175,
        does: "rollback",
        k: 1,
        hostsDownMs: 4_465,
        entries: 4,
        keepsIds: false,
      },
      { at: 6_825, forMs: 1_582, does: "restore" },
    ],
    sends: [{ at: 6_471, user: "bob", device: 0, to: "carol" }],
    deeds: [],
  };
  const { findings, marks } = await simulate(plan);
  expect(findings).toEqual([]);
  expect(marks.filter(({ words }) => words.includes("PutBack"))).toHaveLength(2);
});

test("[L10] a backup is put back in the place of a stream that has no leader, and it has one then", async () => {
  const plan: Plan = {
    seed: 80_060,
    hosts: 2,
    gateways: 2,
    windowMs: 3_000,
    faults: [
      { at: 2_602, forMs: 1_033, does: "restore" },
      { at: 3_512, forMs: 8_142, does: "leaderless", stream: "CHECKPOINT_0" },
    ],
    sends: [],
    deeds: [],
  };
  expect((await simulate(plan)).findings).toEqual([]);
});
