import type { Data } from "../protocol/extras.ts";

/** How far an own message has come. It never goes back. */
export type MessageStatus = "pending" | "sent" | "delivered" | "read" | "failed";

/** A message as a person sees it. */
export interface ChatMessage {
  /** The sender's name for it, there from the first moment. */
  readonly cid: string;
  /** `<author>:<position>`, once it is stored. */
  readonly id?: string;
  /** The message's place in the own mailbox: the display order. */
  readonly seq?: number;
  /** Absent, never empty, of an own message that was written before it is known who the user is. */
  readonly author?: string;
  /** True of a message that the client's user has written. */
  readonly mine: boolean;
  /** The id of the user to whom it was sent. */
  readonly to: string;
  /** Its text. */
  readonly body: string;
  /** Content besides the text, as its author's app gave it. Nobody else opens it: do not trust it. */
  readonly data?: Data;
  /** Of an own message: the app's own name of the send. */
  readonly key?: string;
  /** When it was sent, ms since 1970. */
  readonly at: number;
  /** How far it has come; says something about own messages only. */
  readonly status: MessageStatus;
  /** Why it `failed`. */
  readonly error?: string;
}
