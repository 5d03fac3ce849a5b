import type { Data } from "../extras.ts";
import type { Said } from "../envelope.ts";

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

/** A message as the views show it. `seq` is its place in the asker's own mailbox. */
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
  /** The time at which the message was sent, ms since 1970, the same on both sides. */
  readonly sentAt: number;
  /** The cid of the failed send that a retry replaces. The author alone is told. */
  readonly replaces?: string;
  /** The app's own name of the send. The author alone is told. */
  readonly key?: string;
}

/** Ordered by `seq`, oldest first, whichever way was asked. `more`: there are further ones that way. */
export interface HistoryAnswer {
  readonly messages: readonly MessageRow[];
  readonly more: boolean;
}
