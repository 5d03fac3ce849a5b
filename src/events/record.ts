import * as z from "zod";
import { Seq } from "./ids.ts";
import { Instant } from "./instant.ts";
import { MarkList } from "./owner.ts";

/** An entry and when it was stored. */
export const Taken = z.object({ position: Seq, at: Instant });
export type Taken = z.infer<typeof Taken>;

/** An entry that has been taken: evidence that the log is the one that was read (docs/adr/0018). */
export const Anchor = Taken.extend({
  /** The last message or receipt before it, where it is neither: it stays evidence when sessions are erased. */
  mail: Taken.exactOptional(),
});
export type Anchor = z.infer<typeof Anchor>;

/** Copies to streams other than `for` have been put already as far as the seq `upTo`. */
const Again = z.object({ upTo: Seq, for: z.array(Seq) });

/** The progress of a stream's actors, and what they owe to streams that were rolled back. */
export const Checkpoint = z.object({
  epoch: z.string(),
  position: Seq,
  /** The entry at `position`. */
  on: Anchor.exactOptional(),
  /** The generation of each stream that has been told all that it may have lost. */
  told: z.array(Seq),
  again: Again.exactOptional(),
  /** Below this seq no snapshot is used that lies beyond the entry to be folded. */
  bare: Seq,
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** Anchors kept to find where a log begins to differ, when the broker's clock has stepped back. */
export const TRAIL_MAX = 256;

/** The highest anchor that was saved, which going back does not lower, and the marks known by then. */
export const Highest = z.object({
  epoch: z.string(),
  anchor: Anchor.exactOptional(),
  trail: z.array(Taken).max(TRAIL_MAX),
  marks: MarkList,
});
export type Highest = z.infer<typeof Highest>;

/** Something else was saved in this place since the process that saves has read it, or saved there last: nothing was saved. */
export class OutrunError extends Error {
  override readonly name = "OutrunError";
  /** Seq of what lies there last, where the broker has said it. */
  readonly last: number | undefined;

  constructor(message: string, last?: number) {
    super(message);
    this.last = last;
  }
}

/** The form of the states in snapshots: raised with each change, so that one of another form is folded from its mailbox. */
export const SNAPSHOT_VERSION = 5;

/** The first line of a snapshot: its form, the life of the stream, and the last entry folded. */
export const SnapshotHead = z.object({
  version: z.literal(SNAPSHOT_VERSION),
  epoch: z.string(),
  on: Anchor,
});
export type SnapshotHead = z.infer<typeof SnapshotHead>;

/** A checkpoint of the last month, the lowest of its minute; `savedAt` by the broker's clock. */
export interface Kept {
  readonly checkpoint: Pick<Checkpoint, "epoch" | "position" | "on" | "told">;
  readonly savedAt: Instant;
}
