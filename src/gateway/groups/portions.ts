import type { Framed } from "./ring.ts";
import type { Seat } from "./seat.ts";
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
    const { upTo = Number.POSITIVE_INFINITY } = stretch;
    const here = facts.filter(({ seq }) => seq > seat.seq && seq >= stretch.from && seq <= upTo);
    const count = here.length + (last.seq < upTo ? pending : 0);
    seat.isWeighed = true;
    const taken = (this.#taken.get(seat.on) ?? 0) + count;
    if (count > ENTRIES_MAX || taken > ENTRIES_OF_ALL_MAX) return false;
    this.#taken.set(seat.on, taken);
    return true;
  }
}
