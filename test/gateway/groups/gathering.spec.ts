import { describe, expect, test } from "vitest";
import { groupHouse } from "./house.ts";

/** A group of so many, the first of whom are here. */
async function present(members: number, here: number) {
  const house = groupHouse();
  const { log, clock, spread, device } = house;
  const users = Array.from({ length: members }, (_, n) => `u${n}`);
  for (const joined of users) spread(log.append("g-1", { joined }));
  const devices = users.slice(0, here).map(device);
  for (const each of devices) each.connect();
  await clock.pass(5_000);
  const { seq } = spread(log.append("g-1"));
  await clock.pass(100);
  return { ...house, devices, seq };
}

describe("receipts of a group", () => {
  test("[G7] are one entry for all who are here, a moment behind the first", async () => {
    const { devices, groups, clock, gathered, seq } = await present(20, 10);
    for (const { on } of devices) groups.claim(on, "g-1", seq, false);
    await clock.pass(200);
    expect(gathered).toHaveLength(1);
    expect(gathered[0]?.tick).toEqual({
      type: "ReceiptsGathered",
      gateway: "gw",
      delivered: [[seq, devices.map(({ user }) => user)]],
      read: [],
    });
  });

  test("[G7] beyond the group's head are cut to it, and those from before its user came in are none", async () => {
    const { devices, groups, clock, gathered, seq } = await present(3, 2);
    const [ann, ben] = devices;
    groups.claim(ann!.on, "g-1", seq + 40, false);
    groups.claim(ben!.on, "g-1", 1, false);
    await clock.pass(200);
    expect(gathered.map(({ tick }) => tick.delivered)).toEqual([[[seq, ["u0"]]]]);
  });

  test("[G7] that say nothing new are not stored, but in a new generation", async () => {
    const { devices, groups, clock, gathered, seq } = await present(3, 1);
    const claim = async (): Promise<void> => {
      groups.claim(devices[0]!.on, "g-1", seq, true);
      await clock.pass(1_000);
    };
    await claim();
    await claim();
    expect(gathered).toHaveLength(1);
    groups.beginAnew(() => false);
    await claim();
    expect(gathered).toHaveLength(2);
  });

  test("[G7] that a user has read are a fact of their own, too: at once, then each 30 s, and at the end, never before the group knows", async () => {
    const { devices, groups, log, clock, spread, world, receipts, gathered } = await present(3, 1);
    const { on, leave } = devices[0]!;
    const read = async (ms: number): Promise<number> => {
      const { seq } = spread(log.append("g-1"));
      await clock.pass(100);
      groups.claim(on, "g-1", seq, true);
      await clock.pass(ms);
      return seq;
    };
    world.isFailing = true;
    const first = await read(3_000);
    expect(receipts).toEqual([]);
    world.isFailing = false;
    await clock.pass(3_000);
    const fact = { type: "MessageRead", author: "u0", peer: "g-1", device: "d" };
    expect(receipts).toEqual([{ ...fact, upTo: first }]);
    await read(1_000);
    const third = await read(1_000);
    expect(receipts).toHaveLength(1);
    expect(gathered.length).toBeGreaterThan(2);
    await clock.pass(30_000);
    expect(receipts.slice(1)).toEqual([{ ...fact, upTo: third }]);
    const last = await read(0);
    leave();
    await clock.pass(1_000);
    expect(receipts.slice(2)).toEqual([{ ...fact, upTo: last }]);
  });

  test("[G7] that the log does not take for minutes are stored when it does, while anybody is here", async () => {
    const { devices, groups, log, clock, spread, world, receipts, gathered, seq } = await present(
      3,
      2,
    );
    const [ann, ben] = devices;
    groups.claim(ann!.on, "g-1", seq, true);
    await clock.pass(1_000);
    const next = spread(log.append("g-1"));
    await clock.pass(100);
    groups.claim(ann!.on, "g-1", next.seq, true);
    await clock.pass(1_000);
    // The group knows, Ann's own mailbox does not yet.
    world.isFailing = true;
    groups.claim(ben!.on, "g-1", next.seq, true);
    await clock.pass(180_000);
    expect([gathered.length, receipts.length]).toEqual([2, 1]);
    world.isFailing = false;
    await clock.pass(31_000);
    expect(gathered.slice(2)).toMatchObject([{ tick: { read: [[next.seq, ["u1"]]] } }]);
    expect(receipts.slice(1)).toHaveLength(2);
    for (const author of ["u0", "u1"])
      expect(receipts.slice(1)).toContainEqual(expect.objectContaining({ author, upTo: next.seq }));
  });

  test("[G7] in a group that was set up for too many are none of members; what one has read is a fact of the own mailbox", async () => {
    const { devices, groups, clock, gathered, receipts, seq, hearers } = await present(3, 1);
    const record = { kind: "event", seq, prev: 0, members: 0, frame: "{}" } as const;
    hearers.get("g-1")?.(record);
    groups.claim(devices[0]!.on, "g-1", seq, true);
    await clock.pass(1_000);
    expect(gathered).toEqual([]);
    expect(receipts).toMatchObject([{ type: "MessageRead", peer: "g-1", upTo: seq }]);
  });

  test("[G7] that come while others are stored have an entry of their own, if they say something new", async () => {
    const { devices, groups, clock, gathered, seq } = await present(3, 2);
    const [ann, ben] = devices;
    groups.claim(ann!.on, "g-1", seq, false);
    await clock.pass(52);
    // The first entry is under way.
    expect(gathered).toEqual([]);
    groups.claim(ann!.on, "g-1", seq, false);
    groups.claim(ben!.on, "g-1", seq, true);
    await clock.pass(1_000);
    expect(gathered.map(({ tick: { delivered, read } }) => [delivered, read])).toEqual([
      [[[seq, ["u0"]]], []],
      [[], [[seq, ["u1"]]]],
    ]);
  });

  test("[G7] of a session that ends are stored before its end is", async () => {
    const { devices, groups, clock, gathered, receipts, seq } = await present(3, 1);
    const { on, leave } = devices[0]!;
    let open = 0;
    const ended: number[] = [];
    const done = (): void => void (--open === 0 && ended.push(gathered.length + receipts.length));
    Object.assign(on, { begun: () => open++, done });
    groups.claim(on, "g-1", seq, true);
    leave();
    await clock.pass(20);
    expect([open, ended]).toEqual([0, [2]]);
  });

  test("[G7] at the end of a session its user's own reads are stated, and those of others are stored no sooner", async () => {
    const { devices, groups, log, clock, spread, gathered, receipts } = await present(3, 2);
    const [ann, ben] = devices;
    const said: number[] = [];
    for (let n = 0; n < 2; n++) {
      said.push(spread(log.append("g-1")).seq);
      await clock.pass(1_000);
      groups.claim(ann!.on, "g-1", said[n]!, true);
      await clock.pass(1_000);
    }
    expect([gathered.length, receipts]).toMatchObject([2, [{ upTo: said[0] }]]);
    groups.claim(ben!.on, "g-1", said[1]!, false);
    ann!.leave();
    await clock.pass(20);
    expect([gathered.length, receipts]).toMatchObject([2, [{}, { upTo: said[1] }]]);
  });
});
