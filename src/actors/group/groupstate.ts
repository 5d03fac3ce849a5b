import type { GroupLimits } from "../../events/ask.ts";
import type { GroupFact } from "../../events/groupfact.ts";
import { RECEIPTS_MAX, type AuthorMarks, type Everybody } from "../../rules/group/marks.ts";
import { Peers } from "../peers.ts";

/** The members who may do something. */
type Who = "all" | "admins";

/** Charter: the rest that a group decides by, besides its members. */
export interface Charter {
  readonly limits: GroupLimits;
  readonly send: Who;
  readonly edit: Who;
  readonly add: Who;
  /** Of the link; absent: there is none. */
  readonly secret?: string | undefined;
}

/** A member, as decided. */
export interface Membership {
  readonly admin: boolean;
  /** The position of the copy on which it was decided. */
  readonly of: number;
  /** The position of the fact that says so; {@link UNSAID}: it is owed. */
  readonly from: number;
}
export const UNSAID = -1;

/** Somebody who was ever let in: remembered for ever, so that no copy of theirs counts twice. */
export interface Person {
  /** The last cause that was decided on, refused or not. */
  readonly heard: number;
  /** The position of their last message that there was no room for, until one is taken again; 0: none. */
  readonly busy: number;
  /** An admin has removed them: only one lets them in again. */
  readonly removed: boolean;
  /** The last membership that has ended; 0: none. */
  readonly from: number;
  readonly upTo: number;
}
export const STRANGER: Person = { heard: 0, busy: 0, removed: false, from: 0, upTo: 0 };

/** Something that is decided, and of which no fact has been read yet. */
export interface OwedFact {
  /** The position of the copy that it answers. */
  readonly of: number;
  readonly event: GroupFact;
  /** The member whose membership it ends. */
  readonly ended?: string | undefined;
}

/** A group's actor as it stands: a fold of the group's mailbox. Decisions follow the copies, all else the facts. */
export interface GroupState {
  /** The last entry of the mailbox that has been folded. */
  readonly seq: number;
  /** Positions of the last fact, and of the last that ended a membership; 0: there is none. */
  readonly head: number;
  readonly lastEnded: number;
  /** Decided. Undefined: nobody has made the group; without members it has ended. */
  readonly charter: Charter | undefined;
  /** Decided; who stands longest is first. */
  readonly members: ReadonlyMap<string, Membership>;
  /** Everybody who was ever let in. */
  readonly people: Peers<Person>;
  /** The time of the last copy, and until when it takes what was sent to be paid for by the limit. */
  readonly clock: { readonly at: number; readonly due: number };
  /** In the order of the decisions, which is that of the facts to come. */
  readonly owed: readonly OwedFact[];
  readonly present: Everybody;
  readonly authors: Peers<AuthorMarks>;
}

export const newGroup: GroupState = {
  seq: 0,
  head: 0,
  lastEnded: 0,
  charter: undefined,
  members: new Map(),
  people: Peers.none(),
  clock: { at: 0, due: 0 },
  owed: [],
  present: new Map(),
  authors: Peers.none(),
};

/** Has the group receipts of its members? */
export const hasReceipts = ({ charter }: GroupState): boolean =>
  charter !== undefined && charter.limits.members <= RECEIPTS_MAX;
