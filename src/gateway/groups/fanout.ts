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
    if (course.live.size === 0 && course.rounds === "none") return;
    course.queue.push(fact);
    if (course.queue.length > QUEUE_MAX) this.#giveUp(course);
    else if (course.rounds === "none") this.#come(course);
  }

  /** The course's next round begins now, or when enough have gathered for it. */
  #come(course: GroupCourse): void {
    const { clock } = this.#parts;
    const rest = course.pace.rest(clock.now());
    course.rounds = rest > 0 ? "gathering" : "dealing";
    if (rest > 0) clock.after(rest, () => this.#begin(course));
    else this.#begin(course);
  }

  #begin(course: GroupCourse): void {
    course.rounds = "dealing";
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
      if (course.round !== undefined) this.#dealing.add(course);
      if (left <= 0) break;
    }
    this.#isTurning = this.#dealing.size > 0;
    if (this.#isTurning) this.#parts.clock.turn(this.#turn);
  };

  /** Deals to so many sessions at most; returns to how many. */
  #deal(course: GroupCourse, most: number): number {
    const round = (course.round ??= begun(course, this.#parts.clock.now()));
    let dealt = 0;
    for (; round.done < round.seats.length && dealt < most; dealt++) {
      const seat = round.seats[round.done++];
      if (seat !== undefined && course.live.has(seat)) this.#hand(seat, round);
    }
    if (round.done === round.seats.length) {
      course.round = undefined;
      // Sockets are written to behind this turn.
      this.#parts.clock.turn(() => this.#wrote(course, round));
    }
    return dealt;
  }

  #wrote(course: GroupCourse, { beganAt, facts }: Round): void {
    const now = this.#parts.clock.now();
    const waits = course.queue.length > 0;
    course.pace.wrote({ cost: now - beganAt, isBusy: waits || facts.length > 1 }, now);
    course.rounds = "none";
    if (waits) this.#come(course);
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

function begun(course: GroupCourse, now: number): Round {
  const facts = course.queue.splice(0, ROUND_MAX);
  const [first] = facts;
  return {
    facts,
    seats: first === undefined ? [] : [...course.live],
    done: 0,
    beganAt: now,
    shared: facts.length === 1 && first !== undefined ? first : new Bundle(facts),
    last: facts.at(-1)?.seq ?? 0,
    isPlain: facts.every(({ ended }) => ended === undefined),
  };
}
