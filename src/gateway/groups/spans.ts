/** A stretch of a group's facts that a user may see, both ends included, as seqs. Absent `upTo`: they are in. */
export interface SeqRange {
  readonly from: number;
  readonly upTo?: number;
}

/**
 * The ranges of a user in one group, in order, when new ones were told. Those that are told count. An earlier range that is not told
 * again is kept. If it was open it has ended somewhere below the next one, and the group's own word will say where: it is kept only where
 * that cannot have been passed over already (`isWatched`). Where none is told nothing has begun that could end it.
 */
export function merged(
  known: readonly SeqRange[],
  said: readonly SeqRange[],
  isWatched: (from: number) => boolean,
): readonly SeqRange[] {
  const told = said.toSorted((a, b) => a.from - b.from);
  const first = told[0]?.from;
  if (first === undefined) return known;
  const kept = known.flatMap((each) => {
    if (each.from >= first) return [];
    if (each.upTo !== undefined) return [each];
    return isWatched(each.from) ? [{ from: each.from, upTo: first - 1 }] : [];
  });
  return [...kept, ...told];
}

/** Has one of the known ranges ended, and nobody has said where? */
export const hasLostEnd = (known: readonly SeqRange[], told: readonly SeqRange[]): boolean =>
  known.some(({ from, upTo }) => upTo === undefined && !told.some((each) => each.from === from));
