import type { Anchor } from "../../events/record.ts";

/** The place that the views of a stream have reached. Committed together with the rows. */
export interface Checkpoint {
  /** The life of the stream that was read. */
  readonly epoch: string;
  /** Every view but those that are behind holds the stream up to here. */
  readonly seq: number;
  /** The last entry taken, of any kind; absent: none that says when it was stored. */
  readonly on?: Anchor;
  /** The views that have rows here, by name. */
  readonly views: Readonly<Record<string, Built>>;
  /** Views that are being built anew while the others stand. */
  readonly behind?: Behind;
}

/** The making of a view's rows. */
export interface Built {
  readonly version: number;
  /** First tokens of the keys, by which its rows are found when the view itself has gone. */
  readonly kinds: readonly string[];
}

export interface Behind {
  readonly views: readonly string[];
  /** The seq up to which these views hold the stream. */
  readonly seq: number;
}

/** The seq behind which the next entries are wanted. */
export const reached = ({ seq, behind }: Checkpoint): number => behind?.seq ?? seq;

/**
 * The checkpoint when the entries up to `to` are in, the last of which is `on`. A reader that was behind and
 * catches up is no longer.
 */
export function later(from: Checkpoint, to: number, on?: Anchor): Checkpoint {
  const { behind, ...main } = from;
  if (behind === undefined) return { ...main, seq: to, ...(on !== undefined && { on }) };
  return to < from.seq ? { ...main, behind: { ...behind, seq: to } } : main;
}

/** Do they stand at the same place, of the same life of the stream? */
export const alike = (a: Checkpoint, b: Checkpoint): boolean =>
  a.epoch === b.epoch &&
  a.seq === b.seq &&
  a.behind?.seq === b.behind?.seq &&
  a.behind?.views.join() === b.behind?.views.join();
