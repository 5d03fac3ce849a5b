import type { Said } from "../envelope.ts";
import type { MessageRow } from "./history.ts";

/** Conversations of one page. */
export const CHATS_MAX = 200;

/** Asks for a page of the user's conversations. */
export interface ChatsQuestion extends Said {
  readonly t: "chats";
  readonly limit?: number;
  readonly before?: number;
  readonly atLeast?: number;
  /** Asks for the list of repeats, too. */
  readonly repeats?: boolean;
}

/** One conversation in the chat list. Watermarks are positions, 0 = none. */
export interface ChatRow {
  readonly peer: string;
  readonly last: MessageRow;
  /** Messages of the peer beyond the asker's read watermark: exact. */
  readonly unread: number;
  /** The peer's last message. */
  readonly received: number;
  /** The asker's watermarks over the peer's messages. */
  readonly delivered: number;
  readonly read: number;
  /** How far the asking device itself has said that the peer's messages are read. */
  readonly readHere: number;
  /** The peer's watermarks over the asker's messages. */
  readonly peerDelivered: number;
  readonly peerRead: number;
}

/** A client instance, its last n stored, and a mask of the 31 below that (`rules/sends.ts`). */
export type Repeats = readonly [instance: string, n: number, below: number];

/** Ordered by `last.seq`, newest first. `more`: ask again with `before` = the last one's `last.seq`. */
export interface ChatsAnswer {
  readonly chats: readonly ChatRow[];
  readonly more: boolean;
  /** The asker's list of repeats at the answer's `seq`, if it was asked for. */
  readonly repeats?: readonly Repeats[];
}
