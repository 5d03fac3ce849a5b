import type { Shared } from "../socket/wire.ts";
import type { Clock } from "./groupclock.ts";
import type { GroupCourse, Round, Seat } from "./groupcourse.ts";
import { Bundle, type Framed } from "./ring.ts";

/** Sockets that are written to in one turn of the loop: 256 are half a millisecond. */
const PER_TURN = 256;
/** Facts that wait for their round. With more, sessions are served from the log, each as fast as it reads. */
const QUEUE_MAX = 1_024;
/** Facts of one round: they go out as one piece of memory. */
const ROUND_MAX = 64;

interface Parts {
  readonly clock: Clock;
  /** Hands facts to a session that needs a closer look. */
  readonly pass: (seat: Seat, facts: readonly Framed[]) => void;
  /** Sends to a session what all get. */
  readonly share: (seat: Seat, facts: Shared) => void;
  /** Too much waits: the session is to be served by itself. */
  readonly serve: (seat: Seat) => void;
}

/** Hands the facts of groups out to live sessions: the same bytes to all, some sockets per turn, groups in turn. */
export class Fanout {
  readonly #parts: Parts;
  readonly #dealing = new Set<GroupCourse>();
  #isTurning = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A fact that the course has come to. */
  put(course: GroupCourse, fact: Framed): void {
    if (course.live.size === 0 && course.round === undefined) return;
    course.queue.push(fact);
    if (course.queue.length > QUEUE_MAX) return this.#giveUp(course);
    this.#dealing.add(course);
    if (this.#isTurning) return;
    this.#isTurning = true;
    this.#parts.clock.turn(this.#turn);
  }

  readonly #turn = (): void => {
    let left = PER_TURN;
    for (const course of this.#dealing) {
      this.#dealing.delete(course);
      left -= this.#deal(course, left);
      // Behind the others, if it is not done.
      if (course.round !== undefined || course.queue.length > 0) this.#dealing.add(course);
      if (left <= 0) break;
    }
    this.#isTurning = this.#dealing.size > 0;
    if (this.#isTurning) this.#parts.clock.turn(this.#turn);
  };

  /** Deals to so many sessions at most; returns to how many. */
  #deal(course: GroupCourse, most: number): number {
    let dealt = 0;
    while (dealt < most) {
      const round = (course.round ??= begun(course));
      if (round === undefined) return dealt;
      for (; round.done < round.seats.length && dealt < most; dealt++) {
        const seat = round.seats[round.done++];
        if (seat !== undefined && course.live.has(seat)) this.#hand(seat, round);
      }
      if (round.done < round.seats.length) return dealt;
      course.round = undefined;
      dealt++;
    }
    return dealt;
  }

  #hand(seat: Seat, { facts, shared, last, isPlain }: Round): void {
    if (seat.on.session.is !== "live") return;
    const first = facts[0]?.seq ?? 0;
    if (!isPlain || !isInside(seat) || seat.seq >= first) return this.#parts.pass(seat, facts);
    seat.seq = last;
    this.#parts.share(seat, shared);
  }

  #giveUp(course: GroupCourse): void {
    course.queue = [];
    course.round = undefined;
    const seats = [...course.live];
    course.live.clear();
    for (const seat of seats) this.#parts.serve(seat);
  }
}

/** Does the session stand in an open range, up to date, so that all that follows is for it? */
function isInside({ ranges, endedAt, isCatchingUp, seq, proven }: Seat): boolean {
  const range = ranges.at(-1);
  if (range === undefined || range.upTo !== undefined || isCatchingUp) return false;
  return endedAt < range.from && seq >= range.from && proven === range.from;
}

function begun(course: GroupCourse): Round | undefined {
  const facts = course.queue.splice(0, ROUND_MAX);
  const [first] = facts;
  const last = facts.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return {
    facts,
    seats: [...course.live],
    done: 0,
    shared: facts.length === 1 ? first : new Bundle(facts),
    last: last.seq,
    isPlain: facts.every(({ ended }) => ended === undefined),
  };
}
