import type { SeqRange } from "./spans.ts";

/** A fact of a group, as a session's place passes over it. */
export interface Passed {
  readonly seq: number;
  /** The user whose membership it ends. */
  readonly ended?: string | undefined;
}

/** The place of one session in one group. Changed in place: there is one for each session and group. */
export interface GroupPlace {
  readonly user: string;
  /** Everything up to here was given to the session, or is not for it. */
  seq: number;
  /** Ranges that the user's actor has told. */
  ranges: readonly SeqRange[];
  /** The last fact found in the group itself that ends a membership of the user's: it counts before the actor has heard of it. */
  endedAt: number;
  /** The begin of the open range of which it is known that nothing between it and `seq` has ended it. */
  proven: number;
}

/** Things that a session is told: a fact, or how far it has come without one, since it may not see what lies before. */
export type PlaceWord<Fact extends Passed> =
  | { readonly is: "fact"; readonly fact: Fact }
  | { readonly is: "skipped"; readonly upTo: number };

/** The next stretch that the session may see, if there is one. */
export function stretchOf({ seq, ranges, endedAt }: GroupPlace): SeqRange | undefined {
  for (const range of ranges) {
    const { from } = range;
    const upTo = endOf(range, endedAt);
    if (upTo === undefined) return { from };
    if (upTo > seq) return { from, upTo };
  }
  return undefined;
}

/** A range ends where the group says so, or before. */
function endOf({ from, upTo }: SeqRange, endedAt: number): number | undefined {
  if (endedAt < from) return upTo;
  return Math.min(endedAt, upTo ?? endedAt);
}

/** Is the user in, as far as is known? */
export function isMember({ ranges, endedAt }: GroupPlace): boolean {
  const last = ranges.at(-1);
  return last !== undefined && last.upTo === undefined && endedAt < last.from;
}

/**
 * Does the session stand behind the begin of an open range, and nobody has looked whether that has ended meanwhile? A cursor is a claim,
 * and the user's actor may not have heard yet.
 */
export const needsProof = (place: GroupPlace, stretch: SeqRange): boolean =>
  stretch.upTo === undefined && place.seq >= stretch.from && place.proven !== stretch.from;

/**
 * Passes over facts: all that the group has behind the place, in order, up to `upTo`. The session is told those of its ranges, and each
 * once, since its place moves with them.
 */
export function pass<Fact extends Passed>(
  place: GroupPlace,
  facts: readonly Fact[],
  upTo: number,
): PlaceWord<Fact>[] {
  const words: PlaceWord<Fact>[] = [];
  for (const fact of facts) {
    if (fact.seq > upTo) break;
    const stretch = enter(place, fact.seq, words);
    if (stretch === undefined || needsProof(place, stretch)) return words;
    if (fact.seq >= stretch.from) give(place, fact, words);
  }
  const last = enter(place, upTo + 1, words);
  if (last !== undefined && !needsProof(place, last) && place.seq >= last.from - 1)
    place.seq = Math.max(place.seq, upTo);
  return words;
}

/** Gives the session a fact that it has not had; its place follows when all are given. */
function give<Fact extends Passed>(place: GroupPlace, fact: Fact, words: PlaceWord<Fact>[]): void {
  if (fact.seq <= place.seq) return;
  words.push({ is: "fact", fact });
  if (fact.ended === place.user) place.endedAt = Math.max(place.endedAt, fact.seq);
}

/** Moves the place to the stretch in which `seq` lies, or that begins next. */
function enter<Fact extends Passed>(
  place: GroupPlace,
  seq: number,
  words: PlaceWord<Fact>[],
): SeqRange | undefined {
  for (let stretch = stretchOf(place); stretch !== undefined; stretch = stretchOf(place)) {
    if (seq < stretch.from) return stretch;
    if (place.seq < stretch.from) {
      if (place.seq < stretch.from - 1) words.push({ is: "skipped", upTo: stretch.from - 1 });
      place.seq = stretch.from - 1;
      place.proven = stretch.from;
    }
    if (stretch.upTo === undefined || seq <= stretch.upTo) return stretch;
    place.seq = stretch.upTo;
  }
  return undefined;
}
