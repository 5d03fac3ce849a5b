import type { LineChange } from "../../../protocol/frames/groupline.ts";

/** A change that an entry of a group's mailbox makes; views of groups are folds of these. */
export type GroupTurn = Spoken | Altered | Gathered;

interface Happened {
  readonly group: string;
  /** The entry's position. */
  readonly place: number;
  /** The time at which it was stored, ms since 1970. */
  readonly at: number;
}

/** A message that the group has accepted. */
export interface Spoken extends Happened {
  readonly type: "message";
  readonly author: string;
  readonly cid: string;
  readonly body: string;
  /** JSON text, as of a message between two people. */
  readonly data?: string | undefined;
  /** The members whom it is meant for. */
  readonly mentions: readonly string[];
  readonly sentAt: number;
}

/** A change of the group itself: a line between the messages. */
export interface Altered extends Happened {
  readonly type: "line";
  readonly by: string;
  readonly cid?: string | undefined;
  readonly change: LineChange;
}

/** Members have received or read more: those alone whom the entry has brought on, and no further than there is something. */
export interface Gathered extends Happened {
  readonly type: "gathered";
  readonly delivered: MovedUsers;
  readonly read: MovedUsers;
}

/** Users by the position up to which they have come. */
export type MovedUsers = readonly (readonly [upTo: number, users: readonly string[]])[];
