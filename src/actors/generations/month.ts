import { generationOf, seqOf } from "../../events/position.ts";
import type { Checkpoint, Kept } from "../../events/record.ts";

/**
 * The checkpoint of a stream that is to tell everything of the kept month again: the lowest that is kept and lies
 * in the log, or its beginning when there is none. Generations that others have begun since then it owes them again.
 */
export function fromTheMonth(kept: readonly Kept[], epoch: string, end: number): Checkpoint {
  const [lowest] = kept
    .map(({ checkpoint }) => checkpoint)
    .filter(({ position }) => seqOf(position) <= end)
    .toSorted((a, b) => seqOf(a.position) - seqOf(b.position));
  return lowest === undefined
    ? { epoch, position: 0, told: [], bare: 0 }
    : { ...lowest, epoch, bare: 0 };
}

/** The highest generation of stream `k` that what is kept of all streams knows of. */
export const keptGeneration = (k: number, kept: readonly (readonly Kept[])[]): number =>
  Math.max(
    0,
    ...kept.flatMap((each) => each.map(({ checkpoint }) => checkpoint.told[k] ?? 0)),
    ...(kept[k] ?? []).map(({ checkpoint }) => generationOf(checkpoint.position)),
  );
