import type { LineChange } from "../../protocol/frames/groupline.ts";
import type { Footing } from "../../protocol/frames/hello.ts";
import type { MessageRow } from "../../protocol/frames/history.ts";
import type { Sends } from "../../rules/sends.ts";
import type { Conversation } from "../../rules/standing.ts";
import type { GroupRow } from "../../protocol/frames/chats.ts";
import type { GroupInfo } from "../message.ts";

/** A message, or a line of a group: one without a text that says what has changed. */
export type Row = MessageRow & { readonly change?: LineChange };

/** A group as one member's device knows it, besides its messages. */
export interface GroupSide {
  /** The user: whose device it is. */
  readonly me: string;
  /** The life of the log, and the event, that the chat's `seq` is a cursor in. Empty: nothing was followed yet. */
  readonly epoch: string;
  readonly on?: Footing;
  /** The newest generation of the group's log that was told of. */
  readonly generation: number;
  /** The membership by its first position; `upTo`: it has ended there. 0: not told yet. */
  readonly from: number;
  readonly upTo?: number;
  /** Is the user named in something that is unread? */
  readonly mentioned: boolean;
  readonly info: GroupInfo;
}

/** A conversation as this device knows it: a fold of the mailbox, or an answer of the views. */
export interface LocalChat extends Conversation {
  /** The person at the other end, or the group. */
  readonly peer: string;
  /** The mailbox seq this is true for: what lies at or before it has been folded in. Of a group: in the group's mailbox, its cursor. */
  readonly seq: number;
  /** Stored messages by seq, without a gap up to the newest. */
  readonly messages: readonly Row[];
  /** There are earlier ones on the server. */
  readonly more: boolean;
  /** Messages kept at most. */
  readonly room: number;
  /** How far the user has read on this device, perhaps not stored yet. */
  readonly seen: number;
  readonly unread: number;
  /** Of a group alone. */
  readonly group?: GroupSide;
}

/** Everything that takes the place of all that a device knew. */
export interface Loaded {
  readonly chats: readonly LocalChat[];
  /** Groups as the views list them: each is followed for itself. */
  readonly groups: readonly GroupRow[];
  /** The list of repeats of the same moment as the oldest chat. */
  readonly sends: Sends;
  /** The seq at which the list of repeats is true. */
  readonly seq: number;
}

/** A chat before and after an event of the mailbox. */
export interface Folding {
  readonly before: LocalChat;
  readonly after: LocalChat;
  /** The cid of an own message that was shown before, and is in the mailbox now. */
  readonly struck: string | undefined;
  /** The event came behind `caughtUp` or `resync` of this connection. */
  readonly live: boolean;
}
