import { describe, expect, test } from "vitest";
import { positionOf } from "../../../src/events/position.ts";
import type { Tick } from "../../../src/events/tick.ts";
import { GroupCourse, Seat } from "../../../src/gateway/groups/groupcourse.ts";
import { Gathering } from "../../../src/gateway/groups/receiptgathering.ts";
import { RingMemory } from "../../../src/gateway/groups/ring.ts";
import type { Connected } from "../../../src/gateway/session/addressee.ts";
import { ModelClock } from "./model.ts";

/** A group that is known up to its fact 9, with three members who are here; the log takes 5 ms. */
function room(users = ["ann", "ben", "cid"]) {
  const clock = new ModelClock();
  const course = new GroupCourse("g-1", 0, new RingMemory());
  course.members = users.length;
  course.cursor = { seq: 9, head: 9, filling: false };
  const seats = users.map((user) => {
    const on = { session: { is: "live", deviceId: "d" } } as Connected;
    const seat = Object.assign(new Seat(on, user, course), { ranges: [{ from: 1 }] });
    course.seats.add(seat);
    return seat;
  });
  /** ms at which the log was asked to store an entry. */
  const tries: number[] = [];
  const ticks: Tick[] = [];
  const told: unknown[] = [];
  const log = { storeMs: 5, isAway: false, isConfirmed: true, generation: 0 };
  const gathering = new Gathering({
    world: {
      gatewayId: "gw",
      positionAt: (_group, seq) => positionOf(log.generation, seq),
      async gather(_group, tick) {
        tries.push(clock.now());
        await new Promise<void>((done) => clock.after(log.storeMs, done));
        if (log.isAway) throw new Error("away");
        return ticks.push(tick) + 9;
      },
    },
    clock,
    confirms: () => log.isConfirmed,
    stored: (group, seq) => void told.push([group, seq]),
    reads: { stored: ({ user }, upTo) => void told.push([user, upTo]) },
    failed: (_, words) => void told.push(words),
  });
  const says = (...claims: [who: number, upTo: number, isRead: boolean][]): void => {
    for (const [who, upTo, isRead] of claims) gathering.claim(seats[who] as Seat, upTo, isRead);
  };
  return { clock, course, seats, tries, ticks, told, log, gathering, says };
}

test("[G7] an entry names users by how far they have read, and those to whom more has come by that; own mailboxes hear of reads alone", async () => {
  const { clock, ticks, told, says } = room(["ann", "ben", "cid", "dan", "eve"]);
  says([0, 1, true], [1, 1, false], [2, 5, false], [2, 1, true], [2, 4, false]);
  says([3, 3, true], [3, 3, false], [3, 1, true], [4, 1, true]);
  await clock.pass(60);
  expect(ticks).toEqual([
    {
      type: "ReceiptsGathered",
      gateway: "gw",
      delivered: [
        [1, ["ben"]],
        [5, ["cid"]],
      ],
      read: [
        [1, ["ann", "cid", "eve"]],
        [3, ["dan"]],
      ],
    },
  ]);
  expect(told).toEqual([
    ["g-1", 10],
    ["ann", 1],
    ["cid", 1],
    ["dan", 3],
    ["eve", 1],
  ]);
});

test("[G7] an entry says in which generation of the log it was gathered", async () => {
  const { clock, ticks, log, says } = room();
  log.generation = 1;
  says([0, positionOf(1, 4), false], [1, 9, false]);
  await clock.pass(60);
  // Ben names something that lies before his begin there.
  expect(ticks).toMatchObject([{ in: 1, delivered: [[positionOf(1, 4), ["ann"]]], read: [] }]);
});

test("[G7] the fact that let a user in counts, and nothing does of who is in nowhere", async () => {
  const { clock, ticks, told, course, seats, says } = room();
  for (const [n, ranges] of [[{ from: 1, upTo: 2 }, { from: 4 }], [{ from: 4 }], []].entries())
    Object.assign(seats[n] as Seat, { ranges });
  says([0, 4, false], [1, 3, false], [2, 5, true]);
  await clock.pass(60);
  expect(ticks).toMatchObject([{ delivered: [[4, ["ann"]]], read: [] }]);
  course.members = 0;
  told.length = 0;
  // A group without receipts of members.
  says([0, 5, false], [1, 12, true], [2, 5, true]);
  await clock.pass(60);
  expect([told, ticks.length]).toEqual([[["ben", 9]], 1]);
});

describe("[G7] between two entries of a group lie 5 ms for each member, and", () => {
  test.each([
    ["50 ms for others to come at least", 3, 3, 105],
    ["no more than for 5,000", 9_999, 3, 25_055],
    [
      "those who are here count until the group's host has said how many there are",
      undefined,
      40,
      255,
    ],
  ])("%s", async (_, members, here, second) => {
    const { clock, course, tries, says } = room(Array.from({ length: here }, (_, n) => `u${n}`));
    course.members = members;
    says([0, 1, false]);
    await clock.pass(55);
    says([0, 2, false]);
    await clock.pass(30_000);
    expect(tries).toEqual([50, second]);
  });
});

describe("[G7] claims beyond what is known of the group", () => {
  /** When they are stored, and as what; 6 s later all of the group up to 12 is known. */
  async function ahead(isConfirmed: boolean, filling: boolean, becomesKnown: boolean) {
    const { clock, course, tries, ticks, log, says } = room(Array.from({ length: 210 }, () => "u"));
    await clock.pass(50_000);
    // The next entry has its turn a second behind the claim.
    says([0, 1, false]);
    await clock.pass(105);
    const at = clock.now();
    log.isConfirmed = isConfirmed;
    course.cursor = { ...course.cursor, filling };
    says([0, 12, false]);
    await clock.pass(6_000);
    if (becomesKnown) course.cursor = { seq: 12, head: 12, filling };
    await clock.pass(10_000);
    return [Number(tries[1]) - at, ticks[1]?.delivered] as const;
  }

  test("wait until it is, and are looked at each second", async () => {
    expect(await ahead(false, false, true)).toEqual([7_000, [[12, ["u"]]]]);
    expect(await ahead(true, true, true)).toEqual([7_000, [[12, ["u"]]]]);
  });

  test("are cut to that where it is all there is, and after 10 s", async () => {
    expect(await ahead(true, false, false)).toEqual([1_000, [[9, ["u"]]]]);
    expect(await ahead(false, false, false)).toEqual([10_000, [[9, ["u"]]]]);
  });

  test("are those that lie behind the last fact: that one is known", async () => {
    const { clock, tries, log, says } = room();
    log.isConfirmed = false;
    says([0, 9, false]);
    await clock.pass(1_000);
    expect(tries).toEqual([50]);
  });
});

describe("[G7] a session that ends", () => {
  test("has what its user has read stored at once, not what has come to them", async () => {
    const { clock, tries, seats, gathering, says } = room();
    const [ann, ben, cid] = seats as Seat[] as [Seat, Seat, Seat];
    says([0, 1, true], [1, 1, false]);
    await gathering.settle(ben);
    await gathering.settle(cid);
    expect(tries).toEqual([]);
    const done = gathering.settle(ann);
    await clock.pass(20);
    await done;
    await gathering.settle(ann);
    await clock.pass(1_000);
    expect(tries).toEqual([0]);
  });

  test("has it tried once more where the log is away; however many end, the tries are no more than one a second behind that", async () => {
    const { clock, tries, told, seats, log, gathering, says } = room();
    log.isAway = true;
    says([0, 1, true]);
    await clock.pass(300);
    for (const end of [gathering.settle(seats[0] as Seat), gathering.settle(seats[0] as Seat)]) {
      await clock.pass(10);
      await end;
    }
    await clock.pass(2_500);
    expect(tries).toEqual([50, 300, 1_305, 2_310]);
    expect(new Set(told)).toEqual(
      new Set(["receipts of a group not stored; they are stored again"]),
    );
  });
});

test("[G7] claims that the log does not take for more than a minute are dropped where nobody follows the group", async () => {
  const left = async (ms: number, isFollowed: boolean): Promise<number> => {
    const { clock, course, seats, log, gathering, says } = room();
    Object.assign(log, { isAway: true, storeMs: ms - 50 });
    await clock.pass(50_000);
    says([0, 1, true]);
    for (const seat of isFollowed ? seats.slice(1) : seats) course.drop(seat);
    await clock.pass(ms);
    return gathering.size;
  };
  expect([await left(60_000, false), await left(60_001, false), await left(60_001, true)]).toEqual([
    1, 0, 1,
  ]);
});

test("[G7] nothing waits behind an entry but what is new; behind one that a generation of the log has overtaken all is", async () => {
  const { clock, ticks, gathering, says } = room();
  says([0, 1, true]);
  await clock.pass(60);
  expect(gathering.size).toBe(0);
  says([0, 1, true]);
  await clock.pass(100);
  expect([ticks.length, gathering.size]).toEqual([1, 0]);
  says([0, 2, true]);
  await clock.pass(52);
  // It is under way.
  gathering.forget();
  await clock.pass(100);
  expect(ticks.map(({ read }) => read)).toEqual([1, 2, 2].map((upTo) => [[upTo, ["ann"]]]));
  expect(gathering.size).toBe(0);
});
