import { describe, expect, test } from "vitest";
import { planOf } from "./plan.ts";
import { timeline } from "./report.ts";
import { shrink } from "./shrink.ts";
import { simulate } from "./simulation.ts";

describe("a run of the simulation", () => {
  test("is the same for the same seed, so that what is found can be looked at again", async () => {
    const { counts, marks } = await simulate(planOf(4));
    expect(await simulate(planOf(4))).toMatchObject({ counts, marks });
    expect(marks.length).toBeGreaterThan(8);
  });

  test("is reduced to the fault and the sends without which nothing goes wrong, and told line by line", async () => {
    const plan = planOf(6);
    const [guilty, send] = [plan.faults[1], plan.sends[20]];
    const least = await shrink(
      plan,
      async ({ faults, sends }) => faults.includes(guilty!) && sends.includes(send!),
    );
    expect(least).toMatchObject({ faults: [guilty], sends: [send] });
    const findings = [{ rule: "lost", words: "a message", at: 25_000 }];
    const told = timeline(least, { findings, counts: {}, marks: [] });
    expect(told.split("\n")).toHaveLength(4);
    expect(told).toContain("--from 6 repeats it");
    expect(told).toContain("WRONG (lost): a message");
  });
});
