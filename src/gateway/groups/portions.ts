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
    const { upTo = Number.POSITIVE_INFINITY } = stretchOf(seat) ?? {};
    const here = facts.filter(({ seq }) => seq > seat.seq && seq <= upTo).length;
    if (here === 0) return true;
    seat.isWeighed = true;
    const isAll = facts.some(({ seq }) => seq >= upTo);
    return this.#takes(seat, isAll ? here : here + pending);
  }

  #takes(seat: Seat, count: number): boolean {
    const taken = (this.#taken.get(seat.on) ?? 0) + count;
    if (count > ENTRIES_MAX || taken > ENTRIES_OF_ALL_MAX) return false;
    this.#taken.set(seat.on, taken);
    return true;
  }
}
