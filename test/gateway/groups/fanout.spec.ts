import { expect, test } from "vitest";
import type { Connected } from "../../../src/gateway/session/addressee.ts";
import { Fanout } from "../../../src/gateway/groups/fanout.ts";
import { GroupCourse, Seat } from "../../../src/gateway/groups/groupcourse.ts";
import { Framed, RingMemory } from "../../../src/gateway/groups/ring.ts";

/** ms that a write to one socket takes. */
const WRITE_MS = 0.01;

/** A group with so many live sessions, on a clock that goes on as they are written to, and otherwise as it is told to. */
function room(size: number) {
  let now = 0;
  const timers: { at: number; run: () => void }[] = [];
  const course = new GroupCourse("g-1", 0, new RingMemory());
  /** By session: the facts of each write. */
  const writes = new Map<Seat, string[][]>();
  /** When a turn of the loop began, and to how many sessions it handed something. */
  const turns: number[] = [];
  const fanout = new Fanout({
    clock: {
      now: () => now,
      after(ms, run) {
        timers.push({ at: now + ms, run });
        return () => undefined;
      },
      turn: (run) => void timers.push({ at: now, run }),
    },
    pass: () => expect.unreachable("everybody is up to date"),
    serve: () => expect.unreachable("nothing is given up"),
    share(seat, { texts }) {
      now += WRITE_MS;
      writes.get(seat)?.push([...texts]);
      turns[turns.length - 1] = (turns.at(-1) ?? 0) + 1;
    },
  });
  for (let i = 0; i < size; i++) {
    const on = { session: { is: "live", deviceId: "d" } } as Connected;
    const seat = new Seat(on, `user-${i}`, course);
    Object.assign(seat, { is: "live", seq: 1, ranges: [{ from: 1 }], proven: 1 });
    course.live.add(seat);
    writes.set(seat, []);
  }
  return {
    writes,
    turns,
    put: (seq: number) => fanout.put(course, new Framed(seq, `${seq}`, undefined)),
    /** Until then everything due happens, in its order. */
    pass(ms: number): void {
      const until = now + ms;
      for (;;) {
        timers.sort((a, b) => a.at - b.at);
        const next = timers[0];
        if (next === undefined || next.at > until) break;
        timers.shift();
        now = Math.max(now, next.at);
        turns.push(0);
        next.run();
      }
      now = Math.max(now, until);
    },
  };
}

test("[G8] a quiet group's fact goes out at once", () => {
  const { put, pass, writes } = room(200);
  for (let seq = 2; seq < 5; seq++) {
    put(seq);
    // The writes alone.
    pass(200 * WRITE_MS);
    for (const told of writes.values()) expect(told.at(-1)).toEqual([`${seq}`]);
    pass(200 * WRITE_MS);
  }
});

test("[G8] nor does that of a large one, where each answers the last", () => {
  const { put, pass, writes } = room(1_000);
  for (let seq = 2; seq < 5; seq++) {
    put(seq);
    // The writes, and less than half as long until the next one.
    pass(1_000 * WRITE_MS + 4);
    for (const told of writes.values()) expect(told.at(-1)).toEqual([`${seq}`]);
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
  for (const told of writes.values()) {
    expect(told.flat()).toEqual(seqs.map(String));
    // A round of 2 ms is followed by 6 ms in which facts gather.
    expect(told.length).toBeLessThan(15);
  }
});

test("[G8] and none waits longer than 20 ms, however many hear of it", () => {
  const { put, pass, writes } = room(2_500);
  put(2);
  pass(1);
  put(3);
  pass(2_500 * WRITE_MS + 20 + 2_500 * WRITE_MS);
  for (const told of writes.values()) expect(told).toEqual([["2"], ["3"]]);
});

test("[G8] 256 sockets are written to in a turn of the loop", () => {
  const { put, pass, writes, turns } = room(1_000);
  put(2);
  pass(1_000);
  expect(turns.filter((each) => each > 0)).toEqual([256, 256, 256, 232]);
  for (const told of writes.values()) expect(told).toEqual([["2"]]);
});
