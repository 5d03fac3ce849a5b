import type { Query } from "../../../protocol/internal/query.ts";
import { entered, GROUPS_MAX, isOfStay, left, type Stays } from "../../../rules/stays.ts";
import { kind, type Kind, type Reading, type Rows } from "../../store/rows.ts";
import type { View } from "../../view.ts";
import type { Change, StayWord } from "../change.ts";
import { conversation, conversations } from "../conversation.ts";

/** Groups that a user has left, in the list of chats: the newest. */
const PAST_MAX = 100;

/** The groups of a user, as their own mailbox tells. */
export const ownStays = {
  name: "stays",
  version: 1,
  of: "mailboxes",
  kinds: ["stay", "stays"],
  reads: [conversations.name],
  project,
} as const satisfies View;

type Why = Extract<StayWord["event"], { type: "GroupLeft" }>["why"];
/** The stays of an owner in a group, the last word of it that has come, and why the last one has ended. */
interface Kept {
  readonly at: number;
  readonly stays: Stays;
  readonly why?: Why;
}
const stayKey: Kind<Kept> = kind("stay");
/** The groups that a user is in, and those that they have left, each list in the order of its coming about. */
type Lists = readonly [present: readonly string[], past: readonly string[]];
const listsKey: Kind<Lists> = kind("stays");

/** A group of the asker's, as a question to its stream names it. */
export type OwnStay = Extract<Query, { view: "grouprows" }>["groups"][number] & {
  readonly why?: Why;
  readonly peerDelivered: number;
  readonly peerRead: number;
};

function project(rows: Rows, change: Change): void {
  if (change.type !== "membership") return;
  if (change.event.type === "GroupJoined") enter(rows, change, change.event.from);
  else leave(rows, change, change.event);
}

const listsOf = (rows: Reading, owner: string): Lists => rows.get(listsKey(owner)) ?? [[], []];

function enter(rows: Rows, { owner, peer: group, at }: StayWord, from: number): void {
  const [present, past] = listsOf(rows, owner);
  const before = rows.get(stayKey(owner, group))?.stays ?? [];
  // The user's own actor declines it.
  if (!isOfStay(before, from) && present.length >= GROUPS_MAX) return;
  rows.put(stayKey(owner, group), { at, stays: entered(before, from) });
  if (!present.includes(group))
    rows.put(listsKey(owner), [[...present, group], without(past, group)]);
}

function leave(
  rows: Rows,
  { owner, peer: group, at }: StayWord,
  { from, upTo, why }: Extract<StayWord["event"], { type: "GroupLeft" }>,
): void {
  const before = rows.get(stayKey(owner, group))?.stays ?? [];
  if (!before.some((stay) => stay.from === from)) return;
  const stays = left(before, from, upTo);
  rows.put(stayKey(owner, group), { at, stays, why });
  const [present, past] = listsOf(rows, owner);
  const last = stays.at(-1);
  // Of a later one of theirs, which goes on, this says nothing.
  if (last !== undefined && last.upTo === undefined) return;
  const kept = last === undefined ? without(past, group) : [...without(past, group), group];
  rows.put(listsKey(owner), [without(present, group), kept.slice(-PAST_MAX)]);
}

const without = (groups: readonly string[], group: string): string[] =>
  groups.filter((each) => each !== group);

/** The groups that the list of a user's chats has. */
export function groupsOf(rows: Reading, owner: string): OwnStay[] {
  const [present, past] = listsOf(rows, owner);
  return [...present, ...past].flatMap((group) => {
    const kept = rows.get(stayKey(owner, group));
    const last = kept?.stays.at(-1);
    if (kept === undefined || last === undefined) return [];
    const { mine, theirs } = conversation(rows, owner, group);
    const end = last.upTo === undefined ? {} : { ...(kept.why && { why: kept.why }) };
    const ticks = { peerDelivered: theirs.delivered, peerRead: theirs.read };
    return [{ group, at: kept.at, ...last, ...end, read: mine.read, ...ticks }];
  });
}
