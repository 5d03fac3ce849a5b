import type { Coming, World } from "../ports.ts";
import type { Clock } from "./groupclock.ts";
import type { GroupCourse, Seat } from "./groupcourse.ts";
import { EndWalk } from "./endwalk.ts";

/** Between two tries to read an end. */
const AGAIN_MS = 1_000;

interface Parts {
  readonly world: Pick<World, "begin" | "groupFacts">;
  readonly clock: Clock;
  readonly coming: Coming;
  readonly serve: (seat: Seat) => void;
  readonly reach: (course: GroupCourse, seq: number) => void;
  readonly failed: (error: unknown, words: string) => void;
}

/**
 * Proofs that a session may begin behind the begin of its range: the ends of memberships are walked back from the group's newest fact to
 * there, once for all sessions. So who was removed gets nothing, whatever their cursor says and however late their actor is.
 */
export class Proofs {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The session is served again when the ends are known from `from` on, the begin of its range. */
  ask(seat: Seat, from: number): void {
    const { course } = seat;
    // Ends are known as far as the group was read: a cursor beyond that waits until it is.
    if (seat.seq > course.cursor.seq) {
      course.later.add(seat);
      return this.#parts.reach(course, seat.seq);
    }
    if (course.ends.reaches(from)) return this.#prove(seat, from);
    course.unproven.set(seat, from);
    if (!course.isWalking) void this.#walk(course);
  }

  async #walk(course: GroupCourse): Promise<void> {
    const { clock, failed } = this.#parts;
    course.isWalking = true;
    try {
      const walk = new EndWalk(this.#parts, course);
      for (const [seat, from] of course.unproven) await this.#reach(walk, seat, from);
    } catch (error) {
      failed(error, "ends in a group not read; they are read again");
      clock.after(AGAIN_MS, () => {
        for (const [seat, from] of Array.from(course.unproven)) this.ask(seat, from);
      });
    } finally {
      // In the same turn in which nobody was left: who comes behind it walks anew.
      course.isWalking = false;
    }
  }

  async #reach(walk: EndWalk, seat: Seat, from: number): Promise<void> {
    const { course } = seat;
    while (course.unproven.get(seat) === from) {
      if (course.ends.reaches(from)) return this.#prove(seat, from);
      const next = course.ends.missing(from);
      if (next === undefined) return this.#giveUp(seat);
      await walk.step(next);
    }
  }

  /** There are more ends than are kept: it begins nothing. */
  #giveUp(seat: Seat): void {
    seat.course.unproven.delete(seat);
    const error = new Error(`more ends in ${seat.course.group} than are kept`);
    this.#parts.failed(error, "a member is told nothing of a group");
  }

  #prove(seat: Seat, from: number): void {
    const end = seat.course.ends.of(seat.user, from, seat.seq);
    if (end) seat.endedAt = Math.max(seat.endedAt, end);
    else if (seat.ranges.some((range) => range.from === from)) seat.proven = from;
    this.#parts.serve(seat);
  }
}
