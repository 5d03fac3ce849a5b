import type { Sends } from "../../rules/sends.ts";
import type { MessageRow } from "../../protocol/frames/history.ts";
import type { Conversation } from "../../rules/standing.ts";

/** A conversation as this device knows it: a fold of the mailbox, or an answer of the views. */
export interface LocalChat extends Conversation {
  readonly peer: string;
  /** The mailbox seq this is true for: what lies at or before it has been folded in. */
  readonly seq: number;
  /** Stored messages by seq, without a gap up to the newest. */
  readonly messages: readonly MessageRow[];
  /** There are earlier ones on the server. */
  readonly more: boolean;
  /** Messages kept at most. */
  readonly room: number;
  /** How far the user has read on this device, perhaps not stored yet. */
  readonly seen: number;
  readonly unread: number;
}

/** Everything that takes the place of all that a device knew. */
export interface Loaded {
  readonly chats: readonly LocalChat[];
  /** The list of repeats of the same moment as the oldest chat. */
  readonly sends: Sends;
  /** The seq at which the list of repeats is true. */
  readonly seq: number;
}
