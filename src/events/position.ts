import type { Instant } from "./instant.ts";

/**
 * Positions. A stream that came back shorter goes on in another generation, so a seq alone does not
 * name an entry for ever. A position does: generation × 2^44 + seq, one number that compares as
 * time does. In generation 0 it is the seq (docs/adr/0018).
 */
/** Seqs are below this. */
export const SEQS = 2 ** 44;
/** Generations that a safe integer has room for. */
export const GENERATIONS_MAX = 512;

/** A generation begins at seq `from`; the entry below it was stored at `before`. */
export interface Mark {
  readonly generation: number;
  readonly from: number;
  readonly before: Instant;
}

/** A place in a log. */
interface Place {
  readonly seq: number;
  readonly generation?: number;
}

export const positionOf = (generation: number, seq: number): number => generation * SEQS + seq;
/** An entry's place as frames and rows say it: the first generation is not named. */
export const placed = ({ seq, generation = 0 }: Place): Place => ({
  seq,
  ...(generation > 0 && { generation }),
});
export const seqOf = (position: number): number => position % SEQS;
export const generationOf = (position: number): number => Math.floor(position / SEQS);

/** The generation of the entry at `seq`: that of the last mark that begins there or below. */
export const generationAt = (marks: readonly Mark[], seq: number): number =>
  marks.findLast(({ from }) => from <= seq)?.generation ?? 0;

/** The position of the entry at `seq`, as these marks have it. */
export const positionAt = (marks: readonly Mark[], seq: number): number =>
  positionOf(generationAt(marks, seq), seq);

/** The generation in which the stream goes on. */
export const latest = (marks: readonly Mark[]): number => marks.at(-1)?.generation ?? 0;

/**
 * The seq up to which a stream with these marks has all that lies up to a position. An entry that a later generation has taken is waited for by
 * nobody: 0. One of a generation that they do not know yet comes behind that: no seq of theirs is enough.
 */
export function seqWithin(marks: readonly Mark[], position: number): number {
  const seq = seqOf(position);
  if (generationOf(position) > latest(marks)) return SEQS;
  const isTaken = marks.some(
    ({ generation, from }) => generation > generationOf(position) && from <= seq,
  );
  return isTaken ? 0 : seq;
}
