import { describe, expect, test } from "vitest";
import type { Entry } from "../../../src/events/entry.ts";
import { positionOf } from "../../../src/events/position.ts";
import { Courses } from "../../../src/gateway/groups/courses.ts";
import type { GroupRecord } from "../../../src/protocol/internal/routes.ts";
import { ModelClock } from "./model.ts";
import { seatIn } from "./seat.ts";

/** A gateway over a log in which a group has a fact at each seq; a reading takes 5 ms, and its facts come two at a time. */
function room() {
  const clock = new ModelClock();
  const log = { head: 4, isAway: false, breaksAt: 0, generation: 0 };
  const hearers = new Map<string, (record: GroupRecord) => void>();
  const readings: [after: number, upTo: number, ms: number][] = [];
  const counts = { asked: 0, stopped: 0, served: 0 };
  /** Facts that were handed on: the seq, and the one before it. */
  const dealt: [seq: number, prev: number][] = [];
  const failures: string[] = [];
  const entryOf = (seq: number): Entry => ({
    kind: "group",
    owner: "g-1",
    seq,
    at: seq,
    raw: "{}",
    ...(seq === 6 && { ended: "ben" }),
  });
  const courses = new Courses({
    world: {
      streamOf: () => 3,
      positionAt: (_group, seq) => positionOf(log.generation, seq),
      attend(group, hear) {
        hearers.set(group, hear);
        return () => void hearers.delete(group);
      },
      begin: (_group, after) => ({
        after,
        stop: () => void counts.stopped++,
        async *pages(upTo: number) {
          readings.push([after, upTo, clock.now()]);
          await new Promise<void>((done) => clock.after(5, done));
          if (log.isAway) throw new Error("away");
          for (let seq = after + 1; seq <= upTo; seq += 2) {
            const seqs = [seq, seq + 1].filter((each) => each <= upTo);
            yield { entries: seqs.map(entryOf), pending: 0 };
            if (seqs.includes(log.breaksAt)) throw new Error("away");
          }
        },
      }),
    },
    clock,
    coming: { size: 0 },
    ask: () => void counts.asked++,
    deal(_course, { seq, text }) {
      dealt.push([seq, (JSON.parse(text) as { prev: number }).prev]);
    },
    serve(seat) {
      seat.course.drop(seat);
      counts.served++;
    },
    failed: (_error, words) => void failures.push(words),
  });
  const course = courses.follow("g-1");
  const hear = (seq: number, more: object = {}): void =>
    hearers.get("g-1")?.({
      kind: "event",
      seq,
      prev: seq - 1,
      members: 2,
      frame: `{"seq":${seq},"prev":${seq - 1}}`,
      ...more,
    });
  /** Somebody waits for the group. */
  const wait = (): void => void course.later.add(seatIn(course).seat);
  const learn = (seq = log.head): void =>
    courses.learn(course, { seq, ended: "cid", endedBefore: 2 });
  return {
    clock,
    log,
    hearers,
    readings,
    counts,
    dealt,
    failures,
    courses,
    course,
    hear,
    wait,
    learn,
  };
}

describe("[G8] a group", () => {
  test("is followed once; its head is asked for then, and when somebody comes and it could not be read", () => {
    const { courses, course, counts, learn } = room();
    expect([course.k, counts.asked, courses.size]).toEqual([3, 1, 1]);
    expect(courses.follow("g-1")).toBe(course);
    expect(counts.asked).toBe(2);
    const { seat } = seatIn(course);
    courses.follow("g-1");
    expect(counts.asked).toBe(2);
    course.drop(seat);
    learn();
    courses.follow("g-1");
    expect(counts.asked).toBe(2);
  });

  test("is given up when nobody has been there for more than a minute", async () => {
    const { clock, courses, course, hearers, hear, learn } = room();
    await clock.pass(50_000);
    learn();
    hear(5);
    expect(course.ring.bytes).toBeGreaterThan(0);
    const look = async (ms: number): Promise<number> => {
      await clock.pass(ms);
      courses.tidy(clock.now());
      return courses.size;
    };
    const { seat } = seatIn(course);
    expect(await look(90_000)).toBe(1);
    course.drop(seat);
    expect([await look(0), await look(60_000)]).toEqual([1, 1]);
    course.seats.add(seat);
    expect(await look(1)).toBe(1);
    course.drop(seat);
    expect([await look(90_000), await look(60_000)]).toEqual([1, 1]);
    expect(hearers.has("g-1")).toBe(true);
    expect(await look(1)).toBe(0);
    expect([hearers.has("g-1"), course.ring.bytes, courses.get("g-1")]).toEqual([
      false,
      0,
      undefined,
    ]);
  });
});

test("[P4] those who are there are told who types, but for themselves", () => {
  const { course, hearers, dealt } = room();
  const [ann, ben] = [seatIn(course), seatIn(course, {}, "ben")];
  for (const { seat } of [ann, ben]) course.live.add(seat);
  hearers.get("g-1")?.({ kind: "typing", user: "ann" });
  expect([ann.told, ben.told]).toEqual([[], ['{"t":"typing","peer":"g-1","user":"ann"}']]);
  expect([dealt, course.members]).toEqual([[], undefined]);
});

describe("[G9] facts of a group", () => {
  test("are handed on as they are heard, once it is known behind which one, and who waits for that is served", async () => {
    const { clock, course, counts, dealt, readings, hear, wait, learn } = room();
    wait();
    hear(1);
    hear(5);
    await clock.pass(100);
    expect([dealt, readings]).toEqual([[], []]);
    learn();
    expect(counts.served).toBe(1);
    await clock.pass(100);
    hear(6, { ended: "ben" });
    hear(6, { ended: "ben" });
    expect(dealt).toEqual([
      [5, 4],
      [6, 5],
    ]);
    expect(readings).toEqual([[4, 5, 100]]);
    expect(course.ring.behind(4).map(({ seq }) => seq)).toEqual([5, 6]);
    expect([course.ends.of("ben", 1, 6), course.ends.of("cid", 1, 6)]).toEqual([6, 4]);
    // Nothing that is known is forgotten when the head is heard of again, or asked for.
    learn(8);
    await clock.pass(100);
    expect([dealt.length, readings.length]).toEqual([4, 2]);
    expect([3, 4].map((seq) => course.ring.covers(seq))).toEqual([false, true]);
    expect([3, 2].map((from) => course.ends.reaches(from))).toEqual([true, false]);
  });

  test("that were missed are read, and what comes meanwhile behind them; then those are served who wait", async () => {
    const { clock, course, counts, dealt, readings, hear, wait, learn } = room();
    learn();
    hear(7);
    wait();
    await clock.pass(3);
    hear(9);
    expect([dealt, counts.served]).toEqual([[], 0]);
    await clock.pass(100);
    expect(dealt).toEqual([5, 6, 7, 8, 9].map((seq) => [seq, seq - 1]));
    expect(readings).toEqual([
      [4, 7, 0],
      [7, 9, 5],
    ]);
    expect([counts.stopped, counts.served]).toEqual([2, 1]);
    expect(course.cursor).toEqual({ seq: 9, head: 9, filling: false });
    expect(course.ends.of("ben", 1, 9)).toBe(6);
  });

  test("that cannot be read are read again in a second, whatever is heard meanwhile, and where the group is given up not at all", async () => {
    const { clock, log, courses, course, counts, dealt, failures, readings, hear, wait, learn } =
      room();
    log.isAway = true;
    learn();
    wait();
    courses.reach(course, 6);
    await clock.pass(500);
    hear(7);
    courses.reach(course, 7);
    await clock.pass(1_000);
    expect(readings).toEqual([
      [4, 6, 0],
      [4, 7, 1_005],
    ]);
    const words = "gap of a group not read; it is read again";
    expect([failures, counts.stopped, counts.served]).toEqual([[words, words], 2, 0]);
    log.isAway = false;
    await clock.pass(1_000);
    expect([dealt.length, counts.stopped, counts.served]).toEqual([3, 3, 1]);
    // Nothing comes twice that was read before the log was away.
    log.breaksAt = 9;
    courses.reach(course, 12);
    await clock.pass(2_000);
    expect(dealt.slice(3).map(([seq]) => seq)).toEqual([8, 9, 10, 11, 12]);
    readings.length = 0;
    log.isAway = true;
    hear(14);
    await clock.pass(500);
    courses.drop(course);
    await clock.pass(5_000);
    expect(readings).toHaveLength(1);
  });

  test("of a generation in which the gateway does not know the log to be are left to the log", async () => {
    const { clock, course, dealt, readings, hear, log, learn } = room();
    learn();
    hear(5, { generation: 1, members: 7 });
    expect([dealt, course.members]).toEqual([[], 7]);
    log.generation = 1;
    hear(5);
    hear(5, { generation: 1 });
    await clock.pass(100);
    expect([dealt, readings]).toEqual([[[5, 4]], []]);
  });
});
