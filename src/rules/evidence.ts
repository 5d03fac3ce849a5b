import type { Entry } from "../events/entry.ts";
import type { Instant } from "../events/instant.ts";
import { generationAt, generationOf, positionOf, seqOf, type Mark } from "../events/position.ts";
import type { Anchor } from "../events/record.ts";

/** A stream as far as an anchor is compared with it. @throws Error when the broker does not answer. */
export interface Evident {
  /** Seq of the newest entry ever stored, known for sure: with several replicas from a stored entry. */
  end(): Promise<number>;
  /** When the entry at `seq` was stored; undefined: nothing is there. */
  instantAt(seq: number): Promise<Instant | undefined>;
}

/** The anchor that an entry is; undefined where no more is known of its time than milliseconds. */
export function anchorOf(entry: Entry | undefined): Anchor | undefined {
  if (entry?.instant === undefined) return undefined;
  return { position: positionOf(entry.generation ?? 0, entry.seq), at: entry.instant };
}

/** Has the seq of the anchor another generation by now? Then the anchor is void: a later mark took its entry away. */
export const isVoid = (marks: readonly Mark[], { position }: Pick<Anchor, "position">): boolean =>
  generationAt(marks, seqOf(position)) !== generationOf(position);

/**
 * The first anchor that shows that the log was rolled back: another time there, or a log that ends before
 * it. One whose seq has a later generation by now is void and shows nothing, and neither does an entry
 * that is not there. (An earlier one: the roll-back took the mark, too.) Rules: docs/adr/0018.
 */
export async function evidence(
  log: Evident,
  marks: readonly Mark[],
  anchors: readonly (Anchor | undefined)[],
): Promise<Anchor | undefined> {
  for (const anchor of anchors) {
    if (anchor === undefined) continue;
    const seq = seqOf(anchor.position);
    if (seq === 0 || generationAt(marks, seq) > generationOf(anchor.position)) continue;
    const at = await log.instantAt(seq);
    if (at === undefined ? seq > (await log.end()) : at !== anchor.at) return anchor;
  }
  return undefined;
}
