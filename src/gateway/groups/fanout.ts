import type { Shared } from "../socket/wire.ts";
import type { Clock } from "./groupclock.ts";
import type { GroupCourse, Round, Seat } from "./groupcourse.ts";
import { isMember } from "./place.ts";
import { together, type Framed } from "./ring.ts";

/** Sockets that are written to in one turn of the loop, at most: some 3 ms, nearly all of them the kernel's. */
const PER_TURN = 256;
/** Those of a group that takes several turns: everybody else waits for one of them at each step. */
const PIECE = 64;
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
    // Sessions that come later have had it.
    if (course.live.size === 0) return;
    course.queue.push(fact);
    if (course.queue.length > QUEUE_MAX) this.#giveUp(course);
    else if (!course.isBusy) this.#come(course);
  }

  /** The course's next round begins now, or when enough have gathered for it. */
  #come(course: GroupCourse): void {
    const { clock } = this.#parts;
    const rest = course.pace.rest(clock.now());
    course.isBusy = true;
    if (rest === 0) this.#begin(course);
    else clock.after(rest, () => this.#begin(course));
  }

  #begin(course: GroupCourse): void {
    this.#dealing.add(course);
    if (this.#isTurning) return;
    this.#isTurning = true;
    this.#parts.clock.turn(this.#turn);
  }

  readonly #turn = (): void => {
    let left = PER_TURN;
    // Each once, also those that are put behind the others.
    const courses = [...this.#dealing];
    for (const course of courses) {
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
    const some = round.seats.length > PER_TURN ? Math.min(most, PIECE) : most;
    const seats = round.seats.slice(round.done, round.done + some);
    round.done += seats.length;
    for (const seat of seats) if (course.live.has(seat)) this.#hand(seat, round);
    if (round.done === round.seats.length) {
      course.round = undefined;
      // Sockets are written to behind this turn.
      this.#parts.clock.turn(() => this.#wrote(course, round));
    }
    return seats.length;
  }

  #wrote(course: GroupCourse, { beganAt, facts }: Round): void {
    const now = this.#parts.clock.now();
    const waits = course.queue.length > 0;
    course.pace.wrote({ cost: now - beganAt, isBusy: waits || facts.length > 1 }, now);
    course.isBusy = false;
    if (waits) this.#come(course);
  }

  #hand(seat: Seat, { facts, shared, last, isPlain }: Round): void {
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
const isInside = (seat: Seat): boolean =>
  isMember(seat) && !seat.isCatchingUp && seat.proven === seat.ranges.at(-1)?.from;

function begun(course: GroupCourse, now: number): Round {
  const facts = course.queue.splice(0, ROUND_MAX);
  return {
    facts,
    seats: [...course.live],
    done: 0,
    beganAt: now,
    shared: together(facts),
    last: facts.at(-1)?.seq ?? 0,
    isPlain: facts.every(({ ended }) => ended === undefined),
  };
}
