import type { Footing } from "../../protocol/frames/hello.ts";

/** A place in one life of a mailbox's log: a device's cursor, and how far it was when a message was written. */
export interface Bookmark {
  readonly epoch: string;
  readonly seq: number;
  /** The last event that this device has got, at `seq` or below it. */
  readonly on?: Footing;
}

/** Do two places count the same entries, as far as a device can tell? A log that came back shorter counts others. */
export const countAlike = (one: Bookmark, other: Bookmark): boolean =>
  one.epoch === other.epoch && (one.on?.generation ?? 0) === (other.on?.generation ?? 0);
