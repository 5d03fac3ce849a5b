import type { GroupMail } from "../../../events/event.ts";
import type { GroupFact } from "../../../events/groupfact.ts";
import { entering, leaving } from "../../../rules/group/changes.ts";
import { RECEIPTS_MAX } from "../../../rules/group/marks.ts";
import { advance } from "../../../rules/watermarks.ts";
import { kind, type Kind, type Reading, type Rows } from "../../store/rows.ts";
import type { View } from "../../view.ts";
import { append, trackOf } from "../track.ts";
import type { Gathered, GroupTurn, MovedUsers } from "./groupturn.ts";
import {
  keepPresent,
  letIn,
  letOut,
  MEMBER_KINDS,
  presentOf,
  setAdmin,
  sinceOf,
  type PresentRow,
} from "./members.ts";
import { describe, describes, keepSecret, limitsOfGroup, PROFILE_KINDS } from "./profile.ts";

/** The ground of every other view of a group: who is in, who may do what, and how far the members have come. */
export const groups = {
  name: "groups",
  version: 2,
  of: "mailboxes",
  kinds: [...PROFILE_KINDS, ...MEMBER_KINDS, "line", "lines", "head"],
  reads: [],
} as const satisfies View;

/** The last fact of a group: its position, when it was stored, how many messages there are up to there, and where the group was described last. */
export type Head = readonly [place: number, at: number, messages: number, described: number];
const headKey: Kind<Head> = kind("head");
const NOTHING: Head = [0, 0, 0, 0];

/** The last fact of a group, in a small row of its own: a list of chats looks at that of each. */
export const lastFactOf = (rows: Reading, group: string): Head =>
  rows.get(headKey(group)) ?? NOTHING;

/** The positions of a group's facts, and how many messages there are up to each. */
export const LINES = trackOf("line");

/** Does the group tell its authors how far the members have come? */
export const tellsReceipts = (rows: Reading, group: string): boolean =>
  (limitsOfGroup(rows, group)?.members ?? 0) <= RECEIPTS_MAX;

/** Folds an entry into its group. Undefined: nothing that shows. */
export function foldGroup(rows: Rows, mail: GroupMail): GroupTurn | undefined {
  switch (mail.kind) {
    case "group":
      return accepted(rows, mail);
    case "tick":
      return gathered(rows, mail);
    case "ask":
      keepSecret(rows, mail);
      return undefined;
  }
}

type Changed = Extract<GroupFact, { type: "GroupChanged" }>;

function accepted(rows: Rows, mail: Extract<GroupMail, { kind: "group" }>): GroupTurn {
  const { owner: group, position: place, at, event } = mail;
  const [, , before, described] = lastFactOf(rows, group);
  const isMessage = event.type === "MessageSent";
  const messages = before + (isMessage ? 1 : 0);
  const isDescribed = !isMessage && describes(event.change);
  rows.put(headKey(group), [place, at, messages, isDescribed ? place : described]);
  append(rows, LINES, [group], [place, messages]);
  const happened = { group, place, at };
  if (event.type === "MessageSent") {
    const { author, cid, body, sentAt } = event;
    const data = event.data && JSON.stringify(event.data);
    const mentions = mentioned(rows, group, event.mentions ?? []);
    return { type: "message", ...happened, author, cid, body, data, mentions, sentAt };
  }
  const { by, cid, of, change } = event;
  describe(rows, group, change, { place, by, of });
  count(rows, group, event, place);
  return { type: "line", ...happened, by, cid, change };
}

/** Of strangers nothing is kept. */
const mentioned = (rows: Reading, group: string, users: readonly string[]): string[] =>
  users.filter((user) => sinceOf(rows, group, user) !== undefined);

/** Folds what a fact says of the members: who comes and who goes by the rule of the group's actor. */
function count(rows: Rows, group: string, fact: Changed, place: number): void {
  const { change } = fact;
  letIn(rows, group, entering(fact), place);
  const gone = leaving(fact);
  if (gone !== undefined) letOut(rows, group, gone, place);
  switch (change.do) {
    case "create":
      return setAdmin(rows, group, change.members[0] ?? "", true);
    case "leave":
      if (change.successor !== undefined) setAdmin(rows, group, change.successor, true);
      return;
    case "promote":
      return setAdmin(rows, group, change.user, true);
    case "demote":
      return setAdmin(rows, group, change.user, false);
    case "add":
    case "join":
    case "remove":
    case "describe":
    case "rule":
    case "invite":
      return;
  }
  change satisfies never;
}

/** Members alone count, and no further than the last fact; what lies in another generation counts for nobody. */
function gathered(
  rows: Rows,
  { owner: group, position: place, at, generation, event }: Extract<GroupMail, { kind: "tick" }>,
): Gathered | undefined {
  if ((event.in ?? 0) !== generation || !tellsReceipts(rows, group)) return undefined;
  const [head] = lastFactOf(rows, group);
  const members = new Map(presentOf(rows, group).map((member) => [member.user, member]));
  const delivered = bringOn(members, event.delivered, head, "delivered");
  const read = bringOn(members, event.read, head, "read");
  if (delivered.length + read.length === 0) return undefined;
  keepPresent(rows, group, [...members.values()]);
  return { type: "gathered", group, place, at, delivered, read };
}

/** Brings members on. Returns those who have moved. */
function bringOn(
  members: Map<string, PresentRow>,
  marks: MovedUsers,
  head: number,
  what: "delivered" | "read",
): MovedUsers {
  return marks.flatMap(([claim, users]) => {
    const upTo = Math.min(claim, head);
    const moved = users.filter((user) => {
      const member = members.get(user);
      if (member === undefined) return false;
      const now = advance(member, { delivered: upTo, read: what === "read" ? upTo : 0 }, head);
      members.set(user, { ...member, ...now });
      return now[what] > member[what];
    });
    return moved.length > 0 ? [[upTo, moved] as const] : [];
  });
}
