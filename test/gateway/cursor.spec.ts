import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  filled,
  filledTo,
  reaches,
  routed,
  type Cursor,
  type Move,
} from "../../src/gateway/session/cursor.ts";

const live = (seq: number): Cursor => ({ seq, head: seq, filling: false });

describe("a live session", () => {
  test("is sent the entry that follows directly", () =>
    expect(routed(live(5), 8, 5)).toEqual([live(8), "forward"]));

  test("is not sent an entry twice", () =>
    expect(routed(live(8), 8, 5)).toEqual([live(8), "nothing"]));

  test("[M5] has a gap read from the log", () =>
    expect(routed(live(5), 9, 8)).toEqual([{ seq: 5, head: 9, filling: true }, "fill"]));

  test("that is told of a head it has not reached, has the log read", () =>
    expect(reaches(live(5), 7)).toEqual([{ seq: 5, head: 7, filling: true }, "fill"]));

  test("that is told of a head it has reached, does nothing", () =>
    expect(reaches(live(5), 5)).toEqual([live(5), "nothing"]));
});

describe("a session that is filled from the log", () => {
  const filling: Cursor = { seq: 5, head: 9, filling: true };

  test("keeps live entries for the log", () =>
    expect(routed(filling, 11, 9)).toEqual([{ ...filling, head: 11 }, "nothing"]));

  test("is live when the log holds no more", () =>
    expect(filled(filledTo(filling, 9), 9)).toEqual([live(9), "nothing"]));

  test("reads on when the mailbox has grown meanwhile", () =>
    expect(filled({ ...filling, head: 11 }, 9)).toEqual([
      { seq: 9, head: 11, filling: true },
      "fill",
    ]));
});

/** Events that may happen, in any order. Numbers pick one of what there is. */
const happenings = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ what: fc.constant("stored" as const), pick: fc.nat(3) }) },
    { weight: 4, arbitrary: fc.record({ what: fc.constant("routed" as const), pick: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("lost" as const), pick: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("hinted" as const), pick: fc.nat(20) }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant("read" as const), pick: fc.nat(20) }) },
  ),
  { maxLength: 80 },
);

/** A mailbox, its actor's routes on the way to a gateway, and one session there. */
class Session {
  cursor: Cursor = { seq: 0, head: 0, filling: true };
  /** How far the log is to be read, while it is. */
  goal: number | undefined = 0;
  readonly log: number[] = [];
  readonly onTheWay: { seq: number; prev: number }[] = [];
  readonly sent: number[] = [];

  store(gap: number): void {
    const prev = this.log.at(-1) ?? 0;
    this.log.push(prev + 1 + gap);
    this.onTheWay.push({ seq: prev + 1 + gap, prev });
  }

  route({ seq, prev }: { seq: number; prev: number }): void {
    const [cursor, move] = routed(this.cursor, seq, prev);
    this.cursor = cursor;
    if (move === "forward") this.sent.push(seq);
    else this.follow(move);
  }

  hint(head: number): void {
    const [cursor, move] = reaches(this.cursor, head);
    this.cursor = cursor;
    this.follow(move);
  }

  /** One entry from the log, or its end. */
  read(): void {
    const { goal } = this;
    if (goal === undefined) return;
    const next = this.log.find((seq) => seq > this.cursor.seq && seq <= goal);
    if (next !== undefined) {
      this.sent.push(next);
      this.cursor = filledTo(this.cursor, next);
      return;
    }
    this.goal = undefined;
    const [cursor, move] = filled(this.cursor, goal);
    this.cursor = cursor;
    this.follow(move);
  }

  follow(move: Move): void {
    if (move !== "fill") return;
    expect(this.goal, "the log is read once at a time").toBeUndefined();
    this.goal = this.cursor.head;
  }
}

test("[M1] whatever is routed, lost, hinted and read: each entry is sent once, in order", () => {
  fc.assert(
    fc.property(happenings, (run) => {
      const session = new Session();
      for (const { what, pick } of run) {
        const { log, onTheWay } = session;
        if (what === "stored") session.store(pick);
        else if (what === "read") session.read();
        else if (what === "hinted") session.hint(log[pick % Math.max(1, log.length)] ?? 0);
        else {
          // Another gateway connection may break: whatever is on the way from there on is late or lost.
          const [route] = onTheWay.splice(pick % Math.max(1, onTheWay.length), 1);
          if (route !== undefined && what === "routed") session.route(route);
        }
        expect(session.sent).toEqual(session.log.slice(0, session.sent.length));
      }
      session.hint(session.log.at(-1) ?? 0);
      while (session.goal !== undefined) session.read();
      expect(session.sent).toEqual(session.log);
      expect(session.cursor.filling).toBe(false);
    }),
  );
});
