import type { LineChange, Who } from "../protocol/frames/groupline.ts";
import type { Data } from "../protocol/extras.ts";

/** A group, as far as it is known; absent: not told yet. */
export interface GroupInfo {
  /** Its name. */
  readonly name?: string;
  /** Its description. */
  readonly about?: string;
  /** Those who may send, change name and description, and add others. */
  readonly rules?: { readonly send: Who; readonly edit: Who; readonly add: Who };
  /** How many are in it. */
  readonly members?: number;
  /** The role of the user in it, if the user is a member. */
  readonly role?: "admin" | "member";
  /** Are there ticks of others? Not in groups that are set up for more than 1,024. */
  readonly receipts?: boolean;
  /** Why the user is in it no more. */
  readonly left?: "left" | "removed" | "ended" | "limit";
}

/** How far an own message has come. It never goes back. */
export type MessageStatus = "pending" | "sent" | "delivered" | "read" | "failed";

/** A message as a person sees it. */
export interface ChatMessage {
  /** The sender's name for it, there from the first moment. */
  readonly cid: string;
  /** `<author>:<position>`, in a group `<group>:<position>`, once it is stored. */
  readonly id?: string;
  /** The message's place in the own mailbox, or in the group's: the display order. */
  readonly seq?: number;
  /** Absent, never empty, of an own message that was written before it is known who the user is. */
  readonly author?: string;
  /** True of a message that the client's user has written. */
  readonly mine: boolean;
  /** The id of the user, or of the group, to whom it was sent. */
  readonly to: string;
  /** Its text. */
  readonly body: string;
  /** Members of the group whom it names. */
  readonly mentions?: readonly string[];
  /** Of a line of a group, which has no text: what `author` has changed. */
  readonly change?: LineChange;
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
