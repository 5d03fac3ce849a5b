import type { Said } from "../envelope.ts";

/** Asks for a page of the user's own messages to a group that have a `key`: the group itself tells nobody of that. */
export interface KeyedQuestion extends Said {
  readonly t: "keyed";
  readonly group: string;
  /** Those before this seq of the user's own mailbox. */
  readonly before?: number;
  readonly limit?: number;
  readonly atLeast?: number;
}

/** An own message to a group. Once the group has accepted it, its history has it, under the same `cid`. */
export interface KeyedRow {
  /** Its place in the user's own mailbox. */
  readonly seq: number;
  readonly generation?: number;
  readonly cid: string;
  readonly key: string;
  /** The code of the group's refusal. */
  readonly refused?: string;
}

/** The newest first. `more`: there are older ones. */
export interface KeyedAnswer {
  readonly sends: readonly KeyedRow[];
  readonly more: boolean;
}
