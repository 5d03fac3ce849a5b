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
}

/** One conversation in the chat list. Watermarks are positions, 0 = none. */
export interface ChatRow {
  readonly peer: string;
  readonly last: MessageRow;
  /** Messages of the peer beyond the asker's read watermark: exact. */
  readonly unread: number;
  /** How far the asker has received and read the peer's messages. */
  readonly delivered: number;
  readonly read: number;
  /** How far the peer has received and read the asker's. */
  readonly peerDelivered: number;
  readonly peerRead: number;
}

/** Ordered by `last.seq`, newest first. `more`: ask again with `before` = the last one's `last.seq`. */
export interface ChatsAnswer {
  readonly chats: readonly ChatRow[];
  readonly more: boolean;
}
