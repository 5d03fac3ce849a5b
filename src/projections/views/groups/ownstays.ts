import type { MarksOfGroups, Query } from "../../../protocol/internal/query.ts";
import { GROUPS_MAX } from "../../../events/limits.ts";
import { entered, isOfStay, left, type Stays } from "../../../rules/stays.ts";
import { kind, type Kind, type Reading, type Rows } from "../../store/rows.ts";
import type { View } from "../../view.ts";
import type { Change, StayWord } from "../change.ts";
import { conversation, conversations } from "../conversation.ts";
import { readHere } from "../readmarks.ts";

/** Groups that a user has left, in the list of chats: the newest. */
const PAST_MAX = 100;

/** The groups of a user, as their own mailbox tells. */
export const ownStays = {
  name: "stays",
  version: 2,
  of: "mailboxes",
  kinds: ["stay", "stays"],
  reads: [conversations.name],
  project,
} as const satisfies View;

type Why = Extract<StayWord["event"], { type: "GroupLeft" }>["why"];
/** The stays of an owner in a group. */
const stayKey: Kind<Stays> = kind("stay");
/** The last stay in a group, when the owner's mailbox has heard of it, and why it has ended. */
type Listed = readonly [group: string, at: number, from: number, upTo?: number, why?: Why];
/**
 * The groups that a user is in, and those that they have left, each list in the order of its coming about: with all that orders a
 * list of chats in one row, which is written when a membership changes.
 */
type Lists = readonly [present: readonly Listed[], past: readonly Listed[]];
const listsKey: Kind<Lists> = kind("stays");

type Ask<Name extends Query["view"]> = Extract<Query, { view: Name }>;
/** A group of the asker's, as questions to its stream name it. */
export type OwnStay = Ask<"groupplaces">["groups"][number] & { readonly why?: Why };

/** Watermarks of a user's groups, as their own mailbox tells: asked of those on a page alone. */
export const marks = {
  name: "groupmarks",
  version: 1,
  of: "mailboxes",
  kinds: [],
  reads: [],
  answer: marked,
} as const satisfies View;

function marked(rows: Reading, { owner, device, groups }: Ask<"groupmarks">): MarksOfGroups {
  return {
    marks: groups.map((group) => {
      const { mine, theirs } = conversation(rows, owner, group);
      const others = { peerDelivered: theirs.delivered, peerRead: theirs.read };
      return { read: mine.read, readHere: readHere(rows, owner, group, device), ...others };
    }),
  };
}

function project(rows: Rows, change: Change): void {
  if (change.type !== "membership") return;
  if (change.event.type === "GroupJoined") enter(rows, change, change.event.from);
  else leave(rows, change, change.event);
}

const listsOf = (rows: Reading, owner: string): Lists => rows.get(listsKey(owner)) ?? [[], []];

function enter(rows: Rows, { owner, peer: group, at }: StayWord, from: number): void {
  const [present, past] = listsOf(rows, owner);
  const before = rows.get(stayKey(owner, group)) ?? [];
  // The user's own actor declines it.
  if (!isOfStay(before, from) && present.length >= GROUPS_MAX) return;
  rows.put(stayKey(owner, group), entered(before, from));
  const now: readonly Listed[] = [...without(present, group), [group, at, from]];
  rows.put(listsKey(owner), [now, without(past, group)]);
}

function leave(
  rows: Rows,
  { owner, peer: group, at }: StayWord,
  { from, upTo, why }: Extract<StayWord["event"], { type: "GroupLeft" }>,
): void {
  const before = rows.get(stayKey(owner, group)) ?? [];
  if (!before.some((stay) => stay.from === from)) return;
  const stays = left(before, from, upTo);
  rows.put(stayKey(owner, group), stays);
  const last = stays.at(-1);
  // Of a later stay of theirs this says nothing.
  if (last !== undefined && last.from > from) return;
  const [present, past] = listsOf(rows, owner);
  const rest = without(past, group);
  // One that never was: the one before it is the last again.
  const kept: readonly Listed[] =
    last?.upTo === undefined ? rest : [...rest, [group, at, last.from, last.upTo, why]];
  rows.put(listsKey(owner), [without(present, group), kept.slice(-PAST_MAX)]);
}

const without = (groups: readonly Listed[], group: string): readonly Listed[] =>
  groups.filter(([each]) => each !== group);

/** The groups that the list of a user's chats has. */
export function groupsOf(rows: Reading, owner: string): OwnStay[] {
  const [present, past] = listsOf(rows, owner);
  return [...present, ...past].map(([group, at, from, upTo, why]) => {
    const stay = { group, at, from };
    return upTo === undefined ? stay : { ...stay, upTo, ...(why !== undefined && { why }) };
  });
}
