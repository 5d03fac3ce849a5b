import type { Said } from "../envelope.ts";
import type { LineRow, MessageRow } from "./history.ts";

/** Conversations of one page. */
export const CHATS_MAX = 200;

/** Asks for a page of the user's conversations. */
export interface ChatsQuestion extends Said {
  readonly t: "chats";
  readonly limit?: number;
  readonly before?: ChatPlace;
  readonly atLeast?: number;
  /** Asks for the list of repeats, too. */
  readonly repeats?: boolean;
}

/** A place in the list of chats: the newest first, and of several of one time by `peer`. */
export interface ChatPlace {
  /** The time of the last entry of that chat in its own log, ms since 1970. */
  readonly at: number;
  readonly peer: string;
}

/** One conversation in the chat list. Watermarks are positions, 0 = none. */
export interface ChatRow extends ChatPlace {
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

/**
 * A group in the chat list, also one that the asker has left. Words of its own log are absent where that did not answer: `name`,
 * `last`, `unread` and `seq`.
 */
export interface GroupRow extends ChatPlace {
  /** The asker's membership, by positions of the group; `upTo` absent: it goes on. */
  readonly from: number;
  readonly upTo?: number;
  readonly why?: "left" | "removed" | "ended" | "limit";
  /** The asker's watermark over the group's messages. */
  readonly read: number;
  /** How far the asking device itself has said that they are read. */
  readonly readHere: number;
  /** How far all of the others have come in the asker's messages. */
  readonly peerDelivered: number;
  readonly peerRead: number;
  readonly name?: string;
  readonly last?: MessageRow | LineRow;
  /** Others' messages beyond `read`, from the joining on: exact. Lines never count. */
  readonly unread?: number;
  /** A message beyond `read` is meant for the asker. */
  readonly mentioned?: true;
  /** The group's last event in here: a cursor that stands there misses nothing. */
  readonly seq?: number;
  readonly generation?: number;
}

/** Is a row of the chat list a group, and no person? */
export const isGroupRow = (row: ChatRow | GroupRow): row is GroupRow => "from" in row;

/** A client instance, its last n stored, and a mask of the 31 below that (`rules/sends.ts`). */
export type Repeats = readonly [instance: string, n: number, below: number];

/** Ordered by `at`, newest first. `more`: ask again with `before` = `at` and `peer` of the last one. */
export interface ChatsAnswer {
  readonly chats: readonly (ChatRow | GroupRow)[];
  readonly more: boolean;
  /** The asker's list of repeats at the answer's `seq`, if it was asked for. */
  readonly repeats?: readonly Repeats[];
  /** Some groups come without what their logs say: these did not answer in time. */
  readonly partial?: true;
}

/** The place of a row in the list, to ask for what is behind it. */
export const listedAt = (row: ChatPlace | undefined): ChatPlace | undefined =>
  row && { at: row.at, peer: row.peer };
