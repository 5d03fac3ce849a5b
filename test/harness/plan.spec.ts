import { describe, expect, test } from "vitest";
import { chanceOf } from "./chance.ts";
import { actionOf } from "./crowd/load.ts";
import { KINDS, planOf, takesQuorum, type Episode, type Kind } from "./nemesis/plan.ts";
import { shaped } from "./nemesis/shapes.ts";
import { readOptions } from "./options.ts";

const DEVICES = ["alice-phone", "alice-desk", "bob-phone"];

const episodes = (seed: number, count: number): Episode[] => {
  const plan = planOf(seed, KINDS, DEVICES);
  return Array.from({ length: count }, () => plan.next().value as Episode);
};

describe("a seed", () => {
  test("repeats the plan of the faults, and another one has another", () => {
    expect(episodes(7, 100)).toEqual(episodes(7, 100));
    expect(episodes(8, 100)).not.toEqual(episodes(7, 100));
  });

  test("repeats what a device's person does, whatever others do", () => {
    const actions = (seed: number, name: string) => {
      const chance = chanceOf(seed, name);
      return Array.from({ length: 100 }, () =>
        actionOf(chance, ["alice", "bob", "carol", "sybil"], ["sybil"], "alice"),
      );
    };
    expect(actions(7, "alice-phone")).toEqual(actions(7, "alice-phone"));
    expect(actions(7, "alice-desk")).not.toEqual(actions(7, "alice-phone"));
  });

  test("has every kind of fault before long, alone at first, and never two at the brokers", () => {
    const some = episodes(3, 200);
    expect(new Set(some.flatMap(({ faults }) => faults.map(({ kind }) => kind)))).toEqual(
      new Set(KINDS),
    );
    expect(some.slice(0, 6).every(({ faults }) => faults.length === 1)).toBe(true);
    const mixed = some.filter(({ faults }) => faults.length > 1);
    expect(mixed.length).toBeGreaterThan(20);
    for (const { faults } of mixed) {
      const atBrokers = faults.filter(({ targets }) =>
        targets.some((name) => name.startsWith("nats-")),
      );
      expect(atBrokers.length).toBeLessThan(2);
    }
  });
});

test("a disk that is rolled back is one of three, and in the negative control two", () => {
  const disks = (plan: Iterator<Episode>): number[] =>
    Array.from({ length: 20 }, () => (plan.next().value as Episode).faults[0]?.targets.length ?? 0);
  const plan = () => planOf(1, ["rollback"], DEVICES);
  expect(new Set(disks(plan()))).toEqual(new Set([1]));
  expect(new Set(disks(shaped(plan(), "two old disks")))).toEqual(new Set([2]));
});

test("two brokers that are cut off from each other leave a quorum, so that no socket is excused; two that are killed, or stand still, leave none", () => {
  const of = (kind: Kind, targets: string[], how = "") =>
    takesQuorum({ kind, targets, how, ms: 0 });
  expect(of("cut", ["nats-1", "nats-2"], "lost")).toBe(false);
  expect(of("cut", ["nats-1", "all"], "silent")).toBe(false);
  expect(of("kill", ["nats-1", "nats-2", "nats-3"])).toBe(true);
  expect(of("kill", ["nats-1"])).toBe(false);
  expect(of("restart", ["nats-1", "nats-2", "nats-3"], "at once")).toBe(true);
  expect(of("restart", ["nats-1", "nats-2", "nats-3"], "rolling")).toBe(false);
});

describe("npm run faults", () => {
  test("takes what it is told", () => {
    const told = ["--seed", "5", "--minutes", "0.5", "--only", "pause,kill"];
    expect(readOptions(told)).toMatchObject({ seed: 5, minutes: 0.5, only: ["kill", "pause"] });
  });

  test.each([
    [["--seed", "x"], /--seed is a number/],
    [["--minutes", ""], /--minutes is a number/],
    [["--minutes", "1e9"], /--minutes is a number from 0 to 1440/],
    [["--only", "kill,dance"], /--only names some of kill, pause/],
    [["--only", ""], /--only names some of/],
    [["--broken", "all"], /--broken names one of old-majority, bare-cause/],
    [["--fast"], /--fast/],
  ])("refuses %j", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
