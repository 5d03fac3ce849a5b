import type { Answering, Said } from "../envelope.ts";
import type { Who } from "./groupline.ts";
import type { Durability } from "./send.ts";

export { ASKED_USERS_MAX } from "../../events/limits.ts";
/** Users whom one message may mention. */
export const MENTIONS_MAX = 20;
/** Code points of a group's name, and of its description. */
export const NAME_CODE_POINTS_MAX = 100;
export const ABOUT_CODE_POINTS_MAX = 512;

/** Wishes that somebody has of a group. Whether one comes true, its events say, or `Refused` in the own mailbox. */
export type ClientAsk =
  /** A new group. The creator is admin, and is not named. */
  | { readonly do: "create"; readonly name: string; readonly members?: readonly string[] }
  | { readonly do: "add"; readonly users: readonly string[] }
  | { readonly do: "remove"; readonly user: string }
  | { readonly do: "leave" }
  | { readonly do: "promote"; readonly user: string }
  | { readonly do: "demote"; readonly user: string }
  | { readonly do: "describe"; readonly name?: string; readonly about?: string }
  | { readonly do: "rule"; readonly send?: Who; readonly edit?: Who; readonly add?: Who }
  /** A new link, or none. The server makes its secret. */
  | { readonly do: "invite"; readonly on: boolean }
  | { readonly do: "join"; readonly secret: string };

/** Asks something of a group; its number is one of the same row as those of sends. */
export interface AskFrame extends Said {
  readonly t: "ask";
  readonly cid: string;
  /** Absent for `create` alone: the group's id is in the answer. */
  readonly group?: string;
  readonly ask: ClientAsk;
}

/** The ask is stored. An event says whether it comes true. */
export interface Asked extends Answering {
  readonly t: "asked";
  readonly cid: string;
  readonly group: string;
  /** Place of the ask in the own mailbox. */
  readonly seq: number;
  readonly durability: Durability;
}

/** A group that this socket is told of from now on. */
export interface FollowedGroup {
  readonly mailbox: string;
  readonly epoch: string;
  /** Everything behind this seq comes: the cursor of `hello`, or where the user came in. */
  readonly seq: number;
  /** The newest event that there is for the user. Beyond `seq`: the missing ones come, then `caughtUp`; or `resync`. */
  readonly head: number;
  /** The generation in which the group's log goes on; absent: 0. */
  readonly generation?: number;
}

/** Groups are followed: behind the first `caughtUp` of the own mailbox, and whenever the user comes into one. */
export interface Follows {
  readonly t: "follows";
  readonly mailboxes: readonly FollowedGroup[];
}

/** A group is not followed any more: `upTo` was the last event for the user. */
export interface Unfollows {
  readonly t: "unfollows";
  readonly mailbox: string;
  readonly upTo: number;
}
