import type { Data } from "../extras.ts";
import type { Said } from "../envelope.ts";
import type { LineChange } from "./groupline.ts";

/** Messages of one page. */
export const HISTORY_MAX = 100;
/** Rows of a page of history or chats, if the question does not say. */
export const PAGE_ROWS = 50;

/** Asks for a page of a conversation: the newest, back from `before`, or on from `after`. */
export interface HistoryQuestion extends Said {
  readonly t: "history";
  readonly peer: string;
  readonly before?: number;
  readonly after?: number;
  readonly limit?: number;
  readonly atLeast?: number;
}

/** A message as the views show it. `seq` is its place in the asker's own mailbox, or in the group's. */
export interface MessageRow {
  readonly seq: number;
  /** The generation of the log at this seq; absent: 0. */
  readonly generation?: number;
  readonly id: string;
  readonly author: string;
  readonly to: string;
  readonly cid: string;
  readonly body: string;
  /** Content besides the text, which nobody but the app opens. */
  readonly data?: Data;
  /** Of a message to a group: the members whom it is meant for. */
  readonly mentions?: readonly string[];
  /** The time at which the message was sent, ms since 1970, the same on both sides. */
  readonly sentAt: number;
  /** The cid of the failed send that a retry replaces. The author alone is told. */
  readonly replaces?: string;
  /** The app's own name of the send. The author alone is told. */
  readonly key?: string;
}

/** A line between the messages of a group: what has changed, and by whom. `seq` is its place in the group's mailbox. */
export interface LineRow {
  readonly seq: number;
  readonly generation?: number;
  /** The time at which it was stored, ms since 1970. */
  readonly at: number;
  readonly by: string;
  readonly cid?: string;
  readonly change: LineChange;
}

/** Is a row of a history a message, and no line? */
export const isMessage = (row: MessageRow | LineRow): row is MessageRow => "body" in row;

/** Ordered by `seq`, oldest first, whichever way was asked. `more`: there are further ones that way. */
export interface HistoryAnswer {
  /** Of a group: lines, too, in its one order. */
  readonly messages: readonly (MessageRow | LineRow)[];
  readonly more: boolean;
}
