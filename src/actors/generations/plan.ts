import { earlier, type Instant } from "../../events/instant.ts";
import { latest, seqOf, type Mark } from "../../events/position.ts";
import type { Checkpoint, Kept } from "../../events/record.ts";

/** The clocks of brokers may differ by so much. */
const MARGIN_MS = 60_000;

/** A mailbox stream, and what its actors have saved. */
export interface Standing {
  readonly marks: readonly Mark[];
  /** Seq of its newest entry. */
  readonly end: number;
  /** undefined: none, or of another life of the stream. */
  readonly checkpoint: Checkpoint | undefined;
  /** The log is not the one that the checkpoint is of. */
  readonly isVoid: boolean;
  /** Oldest first; `isVoid` as above. */
  readonly kept: readonly (Kept & { readonly isVoid: boolean })[];
}

/** From where the actors of a stream go on, and what they owe. */
export type Plan = Pick<Checkpoint, "told" | "again" | "bare"> & { readonly begin: number };

/**
 * Where the actors of stream `k` begin. A stream that has begun a generation is told again what it may
 * have lost, by all: they go back to before it happened. Pure; `docs/adr/0018` has the reasons.
 * @param marks of all streams.
 */
export function plan(k: number, own: Standing, marks: readonly (readonly Mark[])[]): Plan {
  const told = marks.map(latest);
  const { checkpoint } = own;
  if (checkpoint === undefined) return fromTheBeginning(own, told);
  const owed = marks.map((each, j) =>
    each.filter(({ generation }) => generation > (checkpoint.told[j] ?? 0)),
  );
  let next: Plan = { ...checkpoint, told, begin: seqOf(checkpoint.position) };
  if (own.isVoid || owed[k]?.length) next = startAgain(own, next, owed[k] ?? []);
  const { begin } = next;
  for (const [j, each] of owed.entries())
    if (j !== k && each.length > 0) next = tellAgain(own, next, j, each, begin);
  return next;
}

/** Nothing was saved: all is told to everybody. */
function fromTheBeginning({ end }: Standing, told: number[]): Plan {
  const isFirst = told.every((generation) => generation === 0);
  return { begin: 0, told, bare: isFirst ? 0 : end };
}

/** The stream itself was rolled back: everything behind is told to everybody. */
function startAgain(own: Standing, { begin, told }: Plan, marks: readonly Mark[]): Plan {
  return { begin: Math.min(begin, back(own, marks)), told, bare: own.end };
}

/** Stream `j` was: it alone is told again what lies below what was reached. */
function tellAgain(
  own: Standing,
  { begin, told, again, bare }: Plan,
  j: number,
  marks: readonly Mark[],
  reached: number,
): Plan {
  return {
    begin: Math.min(begin, back(own, marks)),
    told,
    again: {
      upTo: Math.max(again?.upTo ?? 0, reached),
      for: [...new Set([...(again?.for ?? []), j])],
    },
    bare: Math.max(bare, own.end),
  };
}

/**
 * The lowest of the newest checkpoint saved a minute or more before it happened, and of all that were
 * saved since; the beginning, when there is none or nobody knows when it happened.
 */
function back({ kept }: Standing, marks: readonly Mark[]): number {
  const [before] = marks.map((mark) => mark.before).toSorted();
  if (before === undefined) return 0;
  const until: Instant = earlier(before, MARGIN_MS);
  const newest = kept.findLast(({ savedAt, isVoid }) => savedAt <= until && !isVoid);
  const since = kept.filter(({ savedAt }) => savedAt > until);
  return Math.min(
    newest === undefined ? 0 : seqOf(newest.checkpoint.position),
    ...since.map(({ checkpoint }) => seqOf(checkpoint.position)),
  );
}
