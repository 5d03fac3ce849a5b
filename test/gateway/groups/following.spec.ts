import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Device } from "./groupdevice.ts";
import { type Faults, groupHouse } from "./house.ts";

const GROUPS = ["g-1", "g-2"];
const USERS = ["ann", "ben", "cid"];

/** Things that happen. */
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("say"), group: fc.constantFrom(...GROUPS) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("in", "out"),
      group: fc.constantFrom(...GROUPS),
      user: fc.constantFrom(...USERS),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("come", "go", "forge"),
      device: fc.nat({ max: 3 }),
      by: fc.nat({ max: 30 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.constantFrom(5, 50, 700, 4_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("deaf") }) },
);
const faults = fc.record({
  lost: fc.constantFrom(0, 0.15, 0.4),
  late: fc.constantFrom(0, 0.3),
  stale: fc.constantFrom(0, 0.5),
  failing: fc.constantFrom(0, 0.1),
});

/** A number in [0, 1) after the other, the same from the same seed. */
function rolls(seed: number): () => number {
  let at = seed | 0;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let t = Math.imul(at ^ (at >>> 15), 1 | at);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("devices in groups, whatever is lost, late, doubled, stale or deaf", () => {
  test("[G3] [G8] [G9] are shown exactly their ranges, once, in order; a forged cursor gets nothing of others", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 80, size: "max" }),
        faults,
        fc.integer(),
        play,
      ),
      { numRuns: 150 },
    );
  });
});

type Step = {
  readonly do: string;
  readonly group?: string;
  readonly user?: string;
  readonly device?: number;
  readonly by?: number;
  readonly ms?: number;
};

async function play(steps: readonly Step[], drawn: Faults, seed: number): Promise<void> {
  const around = { ...drawn };
  const house = groupHouse(around, rolls(seed));
  const { log, clock, groups, world, spread } = house;
  for (const group of GROUPS) spread(log.append(group, { joined: "zoe" }));
  const devices = ["ann", "ann", "ben", "cid"].map((user) => house.device(user));
  const forgers = new Set<Device>();
  const here = new Set<Device>();
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 500) {
      groups.look();
      await clock.pass(Math.min(500, left));
    }
  };
  for (const { do: what, group = "", user = "", device: at = 0, by = 0, ms = 0 } of steps) {
    const device = devices[at];
    if (what === "say") spread(log.append(group));
    if (what === "in" && !log.members(group).has(user)) spread(log.append(group, { joined: user }));
    if (what === "out" && log.members(group).has(user)) spread(log.append(group, { ended: user }));
    if ((what === "come" || what === "forge") && device !== undefined && !here.has(device)) {
      const forged = (mailbox: string) => ({
        mailbox,
        epoch: "e",
        seq: by,
        on: { seq: by, at: 1 },
      });
      if (what === "forge") forgers.add(device);
      device.connect(what === "forge" ? GROUPS.map(forged) : []);
      here.add(device);
    }
    if (what === "go" && device !== undefined && here.delete(device)) device.leave();
    if (what === "pass") await pass(ms);
    if (what === "deaf") {
      world.isDeaf = true;
      clock.after(10_000, () => (world.isDeaf = false));
    }
  }
  await pass(15_000);
  // All is well from here on: everybody comes back once, and what hosts and actors know is told.
  Object.assign(around, { lost: 0, late: 0, stale: 0, failing: 0 });
  for (const device of devices) if (here.delete(device)) device.leave();
  for (const device of devices) device.connect();
  await pass(5_000);
  for (const group of GROUPS) house.beat(group);
  await pass(10_000);
  for (const device of devices) {
    expect(device.wrong.filter((each) => !forgers.has(device) || each.includes("not for"))).toEqual(
      [],
    );
    if (!forgers.has(device)) for (const group of GROUPS) complete(device, group, log);
  }
}

function complete(device: Device, group: string, log: ReturnType<typeof groupHouse>["log"]): void {
  const shown = device.shown.get(group) ?? [];
  const resynced = Math.max(0, ...(device.resynced.get(group) ?? []));
  const mine = log
    .facts(group)
    .map(({ seq }) => seq)
    .filter((seq) => log.may(device.user, group, seq));
  // A device without a cursor begins with the membership that it finds.
  const first = shown[0] ?? Number.POSITIVE_INFINITY;
  const open = log.ranges(device.user).find((range) => range.group === group && !range.upTo);
  const from = Math.max(Math.min(first, open?.from ?? first), resynced);
  expect(shown.filter((seq) => seq >= from)).toEqual(mine.filter((seq) => seq >= from));
}
