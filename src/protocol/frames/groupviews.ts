import type { Said } from "../envelope.ts";
import type { Who } from "./groupline.ts";

/** Members of one page. */
export const MEMBERS_MAX = 200;

/** Asks what a group is. */
export interface GroupQuestion extends Said {
  readonly t: "group";
  readonly group: string;
  readonly atLeast?: number;
}

/** A group, as one who is in it sees it; one who has left is told what it was then. */
export interface GroupAnswer {
  readonly group: string;
  readonly name: string;
  readonly about?: string;
  /** Those who may send, who may change name and description, who may add others. */
  readonly rules: { readonly send: Who; readonly edit: Who; readonly add: Who };
  /** How many they are. */
  readonly members: number;
  readonly limits: { readonly members: number; readonly sendsPerSecond: number };
  /** False: the group was set up for so many members that nobody is told how far they have come. */
  readonly receipts: boolean;
  /** The asker's membership, by positions of the group. */
  readonly from: number;
  /** Absent: it goes on. */
  readonly upTo?: number;
  /** Absent for who has left. */
  readonly role?: "admin" | "member";
  /** The secret of the link, for admins, where there is one. */
  readonly invite?: string;
}

/** Asks for a page of a group's members, those behind `after`. */
export interface MembersQuestion extends Said {
  readonly t: "members";
  readonly group: string;
  readonly after?: string;
  readonly limit?: number;
  readonly atLeast?: number;
}

/** A member of a group. */
export interface MemberRow {
  /** The id of the member. */
  readonly user: string;
  /** Admins may do more. */
  readonly role: "admin" | "member";
  /** The position of the fact that let them in. */
  readonly from: number;
}

/** Ordered by `user`. `more`: ask again with `after` = the last one's `user`. */
export interface MembersAnswer {
  /** The members of this page. */
  readonly members: readonly MemberRow[];
  /** There are others behind them. */
  readonly more: boolean;
}

/** Asks who has a message of one's own in a group, a page of the members of that time behind `after`. */
export interface InfoQuestion extends Said {
  readonly t: "info";
  readonly id: string;
  readonly after?: string;
  readonly limit?: number;
  readonly atLeast?: number;
}

/** A member of the time at which the message was accepted. A time may be unknown of what is long ago. */
export interface InfoRow {
  /** The id of the member. */
  readonly user: string;
  /** A device of theirs has it. */
  readonly delivered: boolean;
  /** They have read it. */
  readonly read: boolean;
  /** ms since 1970. */
  readonly deliveredAt?: number;
  /** The same of its reading. */
  readonly readAt?: number;
  /** They have left since; what is told is as it was then. */
  readonly left?: true;
}

/** Ordered by `user`. `more`: ask again with `after` = the last one's `user`. */
export interface InfoAnswer {
  /** The members of this page. */
  readonly members: readonly InfoRow[];
  /** There are others behind them. */
  readonly more: boolean;
}
