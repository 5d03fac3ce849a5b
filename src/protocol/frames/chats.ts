import type { Said } from "../envelope.ts";
import type { MessageRow } from "./history.ts";

/** Conversations of one page. */
export const CHATS_MAX = 200;

/** Asks for a page of the user's conversations. */
export interface ChatsQuestion extends Said {
  readonly t: "chats";
  readonly limit?: number;
  readonly before?: Listed;
  readonly atLeast?: number;
  /** Asks for the list of repeats, too. */
  readonly repeats?: boolean;
}

/** A place in the list of chats: the newest first, and of several of one time by `peer`. */
export interface Listed {
  /** The time of the last entry of that chat in its own log, ms since 1970. */
  readonly at: number;
  readonly peer: string;
}

/** One conversation in the chat list. Watermarks are positions, 0 = none. */
export interface ChatRow extends Listed {
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

/** Ordered by `at`, newest first. `more`: ask again with `before` = `at` and `peer` of the last one. */
export interface ChatsAnswer {
  readonly chats: readonly ChatRow[];
  readonly more: boolean;
  /** The asker's list of repeats at the answer's `seq`, if it was asked for. */
  readonly repeats?: readonly Repeats[];
}

/** The place of a row in the list, to ask for what is behind it. */
export const listedAt = (row: Listed | undefined): Listed | undefined =>
  row && { at: row.at, peer: row.peer };
