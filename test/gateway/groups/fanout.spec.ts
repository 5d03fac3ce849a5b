import { expect, test } from "vitest";
import { Fanout } from "../../../src/gateway/groups/fanout.ts";
import type { Seat } from "../../../src/gateway/groups/groupcourse.ts";
import { Framed } from "../../../src/gateway/groups/ring.ts";
import { courseAt, seatIn } from "./seat.ts";

/** ms that a write to one socket takes. */
const WRITE_MS = 0.01;

/** A group with so many live sessions, and others, on a clock that goes on as they are written to, and otherwise as it is told to. */
function room(size: number, others: readonly number[] = []) {
  let now = 10_000;
  const timers: { at: number; run: () => void }[] = [];
  let turning: (() => void)[] = [];
  /** To how many sessions something was handed in each turn of the loop that handed out any. */
  const turns: number[] = [];
  let handed = 0;
  /** By session: the facts of each write. */
  const writes = new Map<Seat, string[][]>();
  /** Those who need a closer look, with the facts to look at. */
  const passed: [Seat, number[]][] = [];
  const served: Seat[] = [];
  const hooks = { onShare: (): void => undefined };
  const fanout = new Fanout({
    clock: {
      now: () => now,
      after(ms, run) {
        expect(ms).toBeGreaterThan(0);
        timers.push({ at: now + ms, run });
        return () => undefined;
      },
      turn: (run) => void turning.push(run),
    },
    pass: (seat, facts) => void passed.push([seat, facts.map(({ seq }) => seq)]),
    serve: (seat) => void served.push(seat),
    share(seat, { texts }) {
      now += WRITE_MS;
      writes.get(seat)?.push([...texts]);
      handed++;
      hooks.onShare();
    },
  });
  const courses = [size, ...others].map((count) => {
    const course = courseAt(1);
    for (let i = 0; i < count; i++) {
      const { seat } = seatIn(course, { is: "live", seq: 1, proven: 1 }, `user-${i}`);
      course.live.add(seat);
      writes.set(seat, []);
    }
    return course;
  });
  const [course = courseAt(1)] = courses;
  const turn = (): void => {
    const due = turning;
    turning = [];
    handed = 0;
    for (const run of due) run();
    if (handed > 0) turns.push(handed);
  };
  return {
    course,
    courses,
    seats: [...course.live],
    writes,
    turns,
    passed,
    served,
    hooks,
    put: (seq: number, to = course, ended?: string) =>
      fanout.put(to, new Framed(seq, `${seq}`, ended)),
    waiting: () => timers.length + turning.length,
    /** Until then everything due happens, in its order. */
    pass(ms: number): void {
      const until = now + ms;
      for (;;) {
        if (turning.length > 0 && now <= until) {
          turn();
          continue;
        }
        timers.sort((a, b) => a.at - b.at);
        const next = timers[0];
        if (next === undefined || next.at > until) break;
        timers.shift();
        now = Math.max(now, next.at);
        next.run();
      }
      now = Math.max(now, until);
    },
  };
}

/** The facts that sessions were told, each kind of telling once. */
const kinds = (
  writes: ReadonlyMap<Seat, string[][]>,
  part = (told: string[][]): string[][] => told,
): string[] => {
  const text = (told: string[][]): string => told.map((each) => each.join(" ")).join(" | ");
  return [...new Set([...writes.values()].map((told) => text(part(told))))];
};

test("[G8] a quiet group's fact goes out at once", () => {
  const { put, pass, writes } = room(200);
  for (let seq = 2; seq < 5; seq++) {
    put(seq);
    // The writes alone.
    pass(200 * WRITE_MS);
    expect(kinds(writes, (told) => told.slice(-1))).toEqual([`${seq}`]);
    pass(200 * WRITE_MS);
  }
});

test("[G8] nor does that of a large one, where each answers the last", () => {
  const { put, pass, writes } = room(1_000);
  for (let seq = 2; seq < 5; seq++) {
    put(seq);
    // The writes, and less than half as long until the next one.
    pass(1_000 * WRITE_MS + 4);
    expect(kinds(writes, (told) => told.slice(-1))).toEqual([`${seq}`]);
  }
});

test("[G8] a busy group's facts gather, so that a socket is written to less often, and come to all in their order", () => {
  const { put, pass, writes } = room(200);
  const seqs = Array.from({ length: 60 }, (_, i) => i + 2);
  for (const seq of seqs) {
    put(seq);
    pass(1);
  }
  pass(100);
  expect(kinds(writes, (told) => [told.flat()])).toEqual([seqs.join(" ")]);
  // A round of 2 ms is followed by 6 ms in which facts gather.
  for (const told of writes.values()) expect(told.length).toBeLessThan(15);
});

test("[G8] so do those behind a round of several", () => {
  const { put, pass, writes } = room(200);
  put(2);
  put(3);
  pass(200 * WRITE_MS + 1);
  put(4);
  pass(3);
  expect(kinds(writes)).toEqual(["2 3"]);
  pass(10);
  expect(kinds(writes)).toEqual(["2 3 | 4"]);
});

test("[G8] and none waits longer than 100 ms, however many hear of it", () => {
  const { put, pass, writes } = room(5_000);
  put(2);
  pass(1);
  put(3);
  pass(5_000 * WRITE_MS + 100 + 5_000 * WRITE_MS);
  expect(kinds(writes)).toEqual(["2 | 3"]);
});

test("[G8] 256 sockets are written to in a turn of the loop, of whatever groups, and 64 of a group that takes several turns", () => {
  const { put, pass, writes, turns } = room(1_000);
  put(2);
  pass(1_000);
  expect(turns).toEqual([...Array<number>(15).fill(64), 40]);
  expect(kinds(writes)).toEqual(["2"]);
  const many = (...sizes: number[]): number[] => {
    const [first = 0, ...others] = sizes;
    const house = room(first, others);
    for (const course of house.courses) house.put(2, course);
    house.pass(1_000);
    expect(kinds(house.writes)).toEqual(["2"]);
    return house.turns;
  };
  expect(many(200, 200)).toEqual([256, 144]);
  expect(many(255, 10)).toEqual([256, 9]);
  expect(many(256, 10)).toEqual([256, 10]);
  expect(many(257, 10, 200)).toEqual([256, 82, 64, 64, 1]);
  expect(many(...Array.from({ length: 10 }, () => 10))).toEqual([100]);
});

test("[G8] who has gone since a round began gets nothing of it; where nobody is left nothing is handed out", () => {
  const { put, pass, course, seats, hooks, writes, waiting } = room(300);
  hooks.onShare = () => seats.slice(280).forEach((seat) => course.live.delete(seat));
  put(2);
  pass(100);
  expect(seats.map((seat) => writes.get(seat)?.length)).toEqual(seats.map((_, n) => +(n < 280)));
  course.live.clear();
  put(3);
  expect([waiting(), course.queue.length]).toEqual([0, 0]);
});

test("[G8] 64 facts at most are one piece, and the rest the next one", () => {
  const { put, pass, writes } = room(1);
  put(2);
  for (let seq = 3; seq < 73; seq++) put(seq);
  pass(1_000);
  const [told = []] = writes.values();
  expect(told.map((each) => each.length)).toEqual([64, 7]);
});

test("[G8] where more than 1,024 facts wait for their round each session is served by itself", () => {
  const { put, pass, course, seats, served, writes, waiting } = room(2);
  put(2);
  pass(0.1);
  // They gather until the writes are a quarter of the time.
  for (let n = 0; n < 3; n++) put(3 + n);
  pass(0.01);
  put(6);
  for (let n = 0; n < 1_023; n++) put(7 + n);
  expect([course.queue.length, served]).toEqual([1_024, []]);
  put(2_000);
  expect([served, course.live.size, course.queue.length]).toEqual([seats, 0, 0]);
  const before = [...writes.values()].map((told) => told.length);
  pass(1_000);
  expect([...writes.values()].map((told) => told.length)).toEqual(before);
  expect(waiting()).toBe(0);
  course.live.add(seats[0] as Seat);
  put(2_001);
  pass(1_000);
  expect([...writes.values()].map((told) => told.at(-1)?.at(-1) === "2001")).toEqual([true, false]);
});

test("[G3] who is not known to stand in the group, up to date, is looked at more closely; others go on with the facts", () => {
  const { put, pass, course, passed, writes } = room(1);
  const open = { is: "live", seq: 9, ranges: [{ from: 5 }], proven: 5 } as const;
  const places = [
    { ...open, seq: 4 },
    { ...open, seq: 10 },
    { ...open, isCatchingUp: true },
    { ...open, ranges: [{ from: 5, upTo: 20 }] },
    { ...open, endedAt: 5 },
    { ...open, proven: 0 },
    { ...open, ranges: [], proven: 0 },
  ];
  const seats = places.map((known) => seatIn(course, known).seat);
  course.live.clear();
  for (const seat of seats) {
    course.live.add(seat);
    writes.set(seat, []);
  }
  put(10);
  pass(100);
  expect(passed).toEqual(seats.slice(1).map((seat) => [seat, [10]]));
  expect(seats.map((seat) => writes.get(seat))).toEqual([
    [["10"]],
    ...seats.slice(1).map(() => []),
  ]);
  expect(seats.map(({ seq }) => seq)).toEqual([10, 10, 9, 9, 9, 9, 9]);
  passed.length = 0;
  // It ends somebody's membership.
  put(11, course, "zoe");
  pass(100);
  expect(passed).toEqual(seats.map((seat) => [seat, [11]]));
});
