/** A stretch of a group's facts that a user may see, both ends included, as seqs. Absent `upTo`: they are in. */
export interface SeqRange {
  readonly from: number;
  readonly upTo?: number;
}

/**
 * The ranges of a user in one group, in order, when new ones were told. Those that are told count. An earlier range that is not told
 * again is kept. If it was open it has ended somewhere below the next one, and the group's own word will say where, if that cannot have
 * been passed over already (`isWatched`). Else it stays open: nothing of it is given before it is known where it ended, which is asked
 * ({@link hasLostEnd}). Where none is told nothing has begun that could end it.
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
    return [isWatched(each.from) ? { from: each.from, upTo: first - 1 } : each];
  });
  return [...kept, ...told];
}

/** Has it ended, and nobody has said where? */
const isLost = ({ from, upTo }: SeqRange, told: readonly SeqRange[]): boolean =>
  upTo === undefined && !told.some((each) => each.from === from);

/** Has one of the known ranges ended, and nobody has said where? */
export const hasLostEnd = (known: readonly SeqRange[], told: readonly SeqRange[]): boolean =>
  known.some((each) => isLost(each, told));

/** The known ranges without such. */
export const withoutLost = (known: readonly SeqRange[], told: readonly SeqRange[]): SeqRange[] =>
  known.filter((each) => !isLost(each, told));
