import type { Seat } from "./groupcourse.ts";
import type { Framed } from "./ring.ts";
import { stretchOf } from "./place.ts";

/** Entries of one group that a session is told when it comes back; with more it asks the views. */
export const ENTRIES_MAX = 500;
/** Entries of all its groups. */
const ENTRIES_OF_ALL_MAX = 5_000;

/** Portions: how much of what they have missed sessions are told as events. */
export class Portions {
  /** By the session. */
  readonly #taken = new WeakMap<object, number>();

  /** Is what the session has missed of the group little enough? Weighed once, with the first page that has something of it. */
  admits(seat: Seat, facts: readonly Framed[], pending: number): boolean {
    if (seat.isWeighed || !seat.isCatchingUp) return true;
    const stretch = stretchOf(seat);
    const last = facts.at(-1);
    if (stretch === undefined || last === undefined || last.seq <= seat.seq) return true;
    const { from, upTo = Number.POSITIVE_INFINITY } = stretch;
    const after = Math.max(seat.seq, from - 1);
    const here = facts.filter(({ seq }) => seq > after && seq <= upTo).length;
    const count = last.seq < upTo ? here + pending : here;
    seat.isWeighed = true;
    return this.#takes(seat, count);
  }

  #takes(seat: Seat, count: number): boolean {
    const taken = (this.#taken.get(seat.on) ?? 0) + count;
    if (count > ENTRIES_MAX || taken > ENTRIES_OF_ALL_MAX) return false;
    this.#taken.set(seat.on, taken);
    return true;
  }
}
