import type { Entry } from "../events/entry.ts";
import type { Instant } from "../events/instant.ts";
import { generationAt, generationOf, positionOf, seqOf, type Mark } from "../events/position.ts";
import type { Anchor, Taken } from "../events/record.ts";

/** A stream as far as an anchor is compared with it. @throws Error when the broker does not answer. */
export interface Evident {
  /** Seq of the newest entry ever stored, known for sure: with several replicas from a stored entry. */
  end(): Promise<number>;
  /** When the entry at `seq` was stored; undefined: nothing is there. */
  instantAt(seq: number): Promise<Instant | undefined>;
}

/** An entry as evidence; undefined where no more is known of its time than milliseconds. */
function takenOf(entry: Entry | undefined): Taken | undefined {
  if (entry?.instant === undefined) return undefined;
  return { position: positionOf(entry.generation ?? 0, entry.seq), at: entry.instant };
}

/** Kinds of entries that are messages or receipts, or what becomes of them. */
const LASTING: ReadonlySet<Entry["kind"]> = new Set(["fact", "copy", "group", "ask"]);

/** The last message or receipt of a batch. */
export const lastMailOf = (batch: readonly Entry[]): Taken | undefined =>
  takenOf(batch.findLast(({ kind }) => LASTING.has(kind)));

/** An anchor at an entry, with the last message or receipt up to it. */
export const anchorAt = ({ position, at }: Taken, mail: Taken | undefined): Anchor =>
  mail === undefined || mail.position >= position
    ? { position, at }
    : { position, at, mail: { position: mail.position, at: mail.at } };

/** The anchor behind a batch; `before`: the one before it. Undefined as for an entry without its time. */
export function anchorOf(batch: readonly Entry[], before?: Anchor): Anchor | undefined {
  const last = takenOf(batch.at(-1));
  return last && anchorAt(last, lastMailOf(batch) ?? before?.mail ?? before);
}

/** Has the seq of the anchor another generation by now? Then the anchor is void: a later mark took its entry away. */
export const isVoid = (marks: readonly Mark[], { position }: Pick<Taken, "position">): boolean =>
  generationAt(marks, seqOf(position)) !== generationOf(position);

/**
 * The log with its end as it was when first asked for. With several replicas each asking is an entry; an anchor beyond
 * the end that was shows as much as one beyond the end that is.
 */
export function endingOnce(log: Evident): Evident {
  let end: Promise<number> | undefined;
  return { instantAt: (seq) => log.instantAt(seq), end: () => (end ??= log.end()) };
}

/**
 * The first anchor that shows that the log was rolled back: another time there, or a log that ends before
 * it. One whose seq has a later generation by now is void and shows nothing, and neither does an entry
 * that is not there: then the last message or receipt before it is asked. (An earlier generation: the roll-back took
 * the mark, too.) Rules: docs/adr/0018.
 */
export async function evidence(
  log: Evident,
  marks: readonly Mark[],
  anchors: readonly (Anchor | undefined)[],
): Promise<Taken | undefined> {
  return (await comparison(log, marks, anchors)).bad;
}

/** As `evidence`; `isSame`: some anchor was found in the log as it is. @throws Error when the log does not answer. */
export async function comparison(
  log: Evident,
  marks: readonly Mark[],
  anchors: readonly (Anchor | undefined)[],
): Promise<{ readonly bad?: Taken; readonly isSame: boolean }> {
  const ended = endingOnce(log);
  let isSame = false;
  for (const anchor of anchors) {
    if (anchor === undefined) continue;
    for (const taken of anchor.mail === undefined ? [anchor] : [anchor, anchor.mail]) {
      const found = await compared(ended, marks, taken);
      if (found === "other") return { bad: taken, isSame };
      isSame ||= found === "same";
      if (found === "same") break;
    }
  }
  return { isSame };
}

async function compared(
  log: Evident,
  marks: readonly Mark[],
  { position, at }: Taken,
): Promise<"same" | "other" | "nothing"> {
  const seq = seqOf(position);
  if (seq === 0 || generationAt(marks, seq) > generationOf(position)) return "nothing";
  const found = (there: Instant): "same" | "other" => (there === at ? "same" : "other");
  const there = await log.instantAt(seq);
  if (there !== undefined) return found(there);
  if (seq > (await log.end())) return "other";
  // The log may have grown up to here only since then, also by the asking for its end.
  const now = await log.instantAt(seq);
  return now === undefined ? "nothing" : found(now);
}
