import type { Copy } from "../../events/copy.ts";
import type { Watermarks } from "../../rules/watermarks.ts";

/** A change that an entry of a mailbox makes in a conversation; views are folds of these. */
export type Change = Message | Ticks | StayWord | KeyedSend | Refusal;

/** A message of either side, for the first time. */
export interface Message {
  readonly type: "message";
  readonly owner: string;
  readonly peer: string;
  /** The message's place in the owner's mailbox; in generation 0 the seq. */
  readonly place: number;
  /** Sent by the owner? */
  readonly mine: boolean;
  /** Position of the last message received from the peer: this one, unless it is the owner's. */
  readonly received: number;
  /** Messages received from the peer so far, this one included. */
  readonly count: number;
  readonly sentAt: number;
  readonly cid: string;
  readonly body: string;
  /** JSON text: rows are compared byte for byte, and nothing here opens it. */
  readonly data?: string | undefined;
  /** The author's app's own name of the send. */
  readonly key?: string | undefined;
  /** The cid of the failed send that an owner's retry replaces. */
  readonly replaces?: string | undefined;
  /** The conversation comes to the top of the owner's list at this time, from where it was `before`; 0 = it was not there. */
  readonly listing?: { readonly before: number; readonly at: number } | undefined;
}

/** The peer received or read more of the owner's messages. */
export interface Ticks {
  readonly type: "receipt";
  readonly owner: string;
  readonly peer: string;
  readonly at: number;
  readonly before: Watermarks;
  readonly now: Watermarks;
}

/** A group says that the owner is in, or has left. */
export interface StayWord {
  readonly type: "membership";
  readonly owner: string;
  /** The group. */
  readonly peer: string;
  readonly at: number;
  readonly event: Extract<Copy, { type: "GroupJoined" | "GroupLeft" }>;
}

/** The owner has sent a message with a key to a group, which has not decided yet. */
export interface KeyedSend {
  readonly type: "keyed";
  readonly owner: string;
  /** The group. */
  readonly peer: string;
  /** The message's place in the owner's mailbox. */
  readonly place: number;
  readonly cid: string;
  readonly key: string;
}

/** A group has refused what the owner sent or asked. */
export interface Refusal {
  readonly type: "refused";
  readonly owner: string;
  /** The group. */
  readonly peer: string;
  readonly cid: string;
  readonly code: string;
}
