import { describe, expect, test } from "vitest";
import type { Since } from "../../../src/protocol/frames/hello.ts";
import type { GroupRange } from "../../../src/protocol/internal/routes.ts";
import type { Device } from "./groupdevice.ts";
import { groupHouse } from "./house.ts";
import { words } from "./words.ts";

const GROUP = "g-1";
const at = (seq: number, epoch = "e"): Since => ({ mailbox: GROUP, epoch, seq });

/** A group of ann and ben with so many messages, ben live in it, and what her actor is to say. */
async function talking(messages = 2) {
  const house = groupHouse();
  const { log, device, clock, groups, world } = house;
  for (const joined of ["ann", "ben"]) log.append(GROUP, { joined });
  for (let n = 0; n < messages; n++) log.append(GROUP);
  const [ann, ben] = [device("ann"), device("ben")];
  ben.connect([at(log.seq)]);
  await clock.pass(5_000);
  world.isUnhosted = true;
  const answer = (to: Device, ...ranges: readonly Omit<GroupRange, "group">[]): void =>
    groups.told(to.on, {
      kind: "follow",
      sessions: [],
      seq: 5_000,
      ranges: ranges.map((range) => ({ group: GROUP, ...range })),
      asked: true,
    });
  /** ann comes with a cursor, and her actor says that she is in. */
  const come = (seq: number, device_ = ann): void => {
    device_.connect([at(seq)]);
    answer(device_, { from: 1 });
  };
  const fill = (device_: Device, backlog: number) => Object.assign(device_.on.wire, { backlog });
  return { ...house, ann, ben, answer, come, fill };
}

/** The entry before each event. */
const prevs = ({ frames }: Device): number[] =>
  frames.flatMap((frame) => (frame.t === "event" ? [frame.prev] : []));

describe("[G8] a session that is behind", () => {
  test("is read for together with others, and the next one is told from memory", async () => {
    const { device, clock, come, ann, asked } = await talking(4);
    const [first, second, third] = [ann, device("ann"), device("ann")];
    come(0, first);
    come(3, second);
    await clock.pass(1_000);
    expect(words(first)).toEqual(["follows 0-6", "1", "2", "3", "4", "5", "6", "caughtUp 6"]);
    expect(prevs(first)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(words(second)).toEqual(["follows 3-6", "4", "5", "6", "caughtUp 6"]);
    come(0, third);
    await clock.pass(1_000);
    expect(words(third)).toEqual(words(first));
    expect([asked.readings, asked.open]).toEqual([["g-1 0"], 0]);
  });

  test("alone is read for in the same way; who is in anew is read for not at all", async () => {
    const { log, device, clock, come, spread, ann, asked, answer } = await talking();
    const dan = device("dan");
    spread(log.append(GROUP, { joined: "dan" }));
    await clock.pass(1_000);
    dan.connect();
    answer(dan, { from: 5 });
    await clock.pass(1_000);
    expect(words(dan)).toEqual(["follows 4-5", "5", "caughtUp 5"]);
    expect(asked.readings).toEqual([]);
    for (const each of [ann, device("ann")]) {
      come(2, each);
      await clock.pass(1_000);
      expect(words(each)).toEqual(["follows 2-5", "3", "4", "5", "caughtUp 5"]);
    }
    expect(asked.readings).toEqual(["g-1 2"]);
  });

  test("is told from memory in portions, each once the one before is on its way", async () => {
    const { log, device, clock, come, hearers } = await talking();
    const text = "x".repeat(25 * 1024);
    for (let n = 0; n < 6; n++) {
      const fact = log.append(GROUP);
      const frame = JSON.stringify({ t: "event", mailbox: GROUP, ...fact, text });
      hearers.get(GROUP)?.({ kind: "event", ...fact, members: 2, frame });
    }
    const second = device("ann");
    come(4, second);
    const shares: number[] = [];
    const { wire } = second.on;
    const { share } = wire;
    Object.assign(wire, {
      share: (facts: Parameters<typeof share>[0]) => {
        shares.push(facts.texts.length);
        share(facts);
      },
    });
    await clock.pass(1_000);
    expect(words(second)).toEqual(["follows 4-10", "5", "6", "7", "8", "9", "10", "caughtUp 10"]);
    expect(shares).toEqual([3, 3]);
  });

  test("is read for again, where the log could not be read", async () => {
    const { come, clock, world, ann, failures } = await talking();
    world.isFailing = true;
    come(0);
    await clock.pass(900);
    expect(words(ann)).toEqual(["follows 0-4"]);
    expect(failures).toEqual(["group not read; it is read again"]);
    world.isFailing = false;
    await clock.pass(1_100);
    expect(ann.shown.get(GROUP)).toEqual([1, 2, 3, 4]);
  });

  test("is read for no longer than it, or anybody, waits", async () => {
    for (const isGone of [true, false]) {
      const { come, clock, ann, asked, answer, device } = await talking(100);
      const { pages } = asked;
      come(0);
      if (!isGone) answer(ann, { from: 1, upTo: 4 });
      await clock.pass(12);
      if (isGone) ann.leave();
      await clock.pass(1_000);
      expect(asked.open).toBe(0);
      expect(asked.pages - pages).toBeLessThan(5);
      // Pages of a reading that has ended early are not taken for all that there is.
      const other = device("ann");
      come(0, other);
      await clock.pass(1_000);
      expect(other.shown.get(GROUP)).toHaveLength(102);
    }
  });
});

describe("[M6] a session that does not read", () => {
  test.each([
    ["from the log", 0],
    ["from memory", 1],
  ])("is told the rest %s when it does, and holds no reading", async (_, isKnown) => {
    const { come, clock, ann, device, asked, fill } = await talking();
    if (isKnown > 0) come(0, device("ann"));
    await clock.pass(1_000);
    const before = asked.readings.length;
    come(0);
    fill(ann, 256 * 1024 + 1);
    await clock.pass(2_000);
    expect(words(ann)).toEqual(["follows 0-4"]);
    expect(asked.readings.length - before).toBeLessThanOrEqual(100);
    fill(ann, 256 * 1024);
    await clock.pass(100);
    expect(words(ann).slice(1)).toEqual(["1", "2", "3", "4", "caughtUp 4"]);
  });

  test("is waited for no longer than it is there", async () => {
    const { come, clock, ann, ben, groups, fill } = await talking();
    come(0);
    fill(ann, 256 * 1024 + 1);
    await clock.pass(500);
    for (const each of [ann, ben]) each.leave();
    for (const ms of [1_000, 61_000]) {
      await clock.pass(ms);
      groups.look();
    }
    expect(groups.size).toBe(0);
  });

  test("and waits for facts is told of none by a heartbeat", async () => {
    const { log, come, clock, ann, groups, hearers, fill, answer } = await talking();
    come(4);
    await clock.pass(1_000);
    fill(ann, 256 * 1024 + 1);
    hearers.get(GROUP)?.({ kind: "event", ...log.append(GROUP), members: 2, frame: "{}" });
    answer(ann, { from: 1 });
    expect(groups.moved(ann.on)).toBeUndefined();
  });
});

describe("[G8] a session whose actor knows more of the group than its gateway", () => {
  test.each([
    ["its begin", { from: 5 }, ["follows 4-5", "5", "caughtUp 5"]],
    ["its end", { from: 1, upTo: 6 }, ["follows 4-6", "5", "6", "unfollows 6"]],
  ])("is told that this is all when it is: %s", async (_, range, told) => {
    const { log, clock, ann, answer } = await talking();
    for (const change of [{}, {}, {}]) log.append(GROUP, change);
    ann.connect([at(4)]);
    answer(ann, range);
    await clock.pass(1_000);
    expect(words(ann)).toEqual(told);
  });

  test("is sent to the views as far as that, where its cursor is of another life", async () => {
    const { log, clock, device, answer } = await talking();
    log.append(GROUP, { joined: "dan" });
    const dan = device("dan");
    dan.connect([at(3, "before")]);
    answer(dan, { from: 5 });
    await clock.pass(1_000);
    expect(words(dan)).toEqual(["follows 4-5", "resync epoch 5", "5"]);
  });
});
