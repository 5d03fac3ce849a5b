import type { GroupEvent, MailEvent } from "./mail.ts";

/** An entry of the user's mailbox, or of a group. */
export interface EventFrame {
  readonly t: "event";
  readonly mailbox: string;
  readonly seq: number;
  /** Seq of the entry before it in this mailbox; 0: there is none. */
  readonly prev: number;
  /** The time at which the entry was stored here, ms since 1970. */
  readonly at: number;
  /** The generation of the log at this seq; absent: 0. Ids, positions, causes and watermarks count it: generation × 2^44 + seq. */
  readonly generation?: number;
  readonly event: MailEvent | GroupEvent;
}

/** Everything up to `seq` has been sent. */
export interface CaughtUp {
  readonly t: "caughtUp";
  readonly mailbox: string;
  readonly seq: number;
}

/**
 * `epoch`: of another life of the log. `rolled-back`: the log has not, or no longer, what the cursor stands on. `too-long`: too
 * far behind.
 */
export const RESYNC_REASONS = ["epoch", "rolled-back", "too-long"] as const;

/**
 * The cursor cannot be followed: ask the views up to `seq`; events after it follow. First comes the event at `seq` itself: the
 * views have it, and the next cursor stands on it.
 */
export interface Resync {
  readonly t: "resync";
  readonly mailbox: string;
  readonly epoch: string;
  readonly seq: number;
  readonly reason: (typeof RESYNC_REASONS)[number];
}
