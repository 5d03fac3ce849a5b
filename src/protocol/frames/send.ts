import type { Data } from "../extras.ts";
import type { Answering, Said } from "../envelope.ts";

/** Code points of a body. */
export const CODE_POINTS_MAX = 16_384;

/** A message of the user. */
export interface Send extends Said {
  readonly t: "send";
  readonly cid: string;
  readonly to: string;
  readonly body: string;
  /** Content besides the text, which nobody but the app opens. */
  readonly data?: Data;
  /** The app's own name of the send, for its author's eyes only. */
  readonly key?: string;
  /** The cid of the failed send that this one is a retry of; of a retry of a retry, the first. */
  readonly replaces?: string;
  /** Members of the group to which it goes whom it is meant for. */
  readonly mentions?: readonly string[];
  /** A machine sends it, not a human: no activity is published. */
  readonly auto?: boolean;
}

/** The class of an acked send says what it survives: see README, "What ✓ means". */
export const DURABILITIES = ["stored", "synced", "replicated", "replicated+synced"] as const;
export type Durability = (typeof DURABILITIES)[number];

/** The message is stored. */
export interface Sent extends Answering {
  readonly t: "sent";
  readonly cid: string;
  /** Absent of a message to a group: the group gives it. */
  readonly id?: string;
  readonly seq: number;
  readonly durability: Durability;
}
