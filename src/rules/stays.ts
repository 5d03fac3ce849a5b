import { GROUPS_MAX, STAYS_MAX } from "../events/limits.ts";

/** Term: a membership of a user in a group, by positions of the group: from the fact that let them in to the one that let them out. */
export interface Term {
  readonly from: number;
  /** Absent: it goes on. */
  readonly upTo?: number;
}

/** The stays of one user in one group, oldest first. */
export type Stays = readonly Term[];

/** The stay that goes on; undefined: the user is not in the group. */
export const present = (stays: Stays | undefined): Term | undefined => {
  const last = stays?.at(-1);
  return last?.upTo === undefined ? last : undefined;
};

/** Does the group only say again, or anew, where the user is in already? Such a word is never declined. */
export const isOfStay = (stays: Stays, from: number): boolean =>
  present(stays) !== undefined || stays.at(-1)?.from === from;

/** The stays when the group has let the user in; told so while in, or of the same stay again, it says where that begins. */
export const entered = (stays: Stays, from: number): Stays =>
  [...(isOfStay(stays, from) ? stays.slice(0, -1) : stays), { from }].slice(-STAYS_MAX);

/** The stays when one of them has ended. One that begins behind its own end never was: a roll-back took its beginning. */
export const left = (stays: Stays, from: number, upTo: number): Stays =>
  stays
    .map((stay) => (stay.from === from ? { from, upTo } : stay))
    .filter((stay) => stay.upTo === undefined || stay.from <= stay.upTo);

/** Is the user in so many groups that the next is declined? */
export function isAtLimit(groups: Iterable<Stays>): boolean {
  let count = 0;
  for (const stays of groups) if (present(stays) !== undefined) count++;
  return count >= GROUPS_MAX;
}
