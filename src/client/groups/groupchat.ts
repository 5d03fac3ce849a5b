import type { Mail } from "../../events/event.ts";
import { isGroup, messageId } from "../../events/messageid.ts";
import { placed, positionOf } from "../../events/position.ts";
import type { GroupRow } from "../../protocol/frames/chats.ts";
import type { LineChange } from "../../protocol/frames/groupline.ts";
import type { GroupAnswer } from "../../protocol/frames/groupviews.ts";
import type { EventFrame } from "../../protocol/frames/mailbox.ts";
import { peerOf } from "../../rules/conversation.ts";
import { RECEIPTS_MAX } from "../../rules/group/marks.ts";
import { added, recounted, footingOf, newChat } from "../mailbox/chat.ts";
import type { LocalChat, GroupSide, Row } from "../mailbox/localchat.ts";
import type { GroupInfo } from "../message.ts";
import type { Bookmark } from "../storage/bookmark.ts";
import { letterOf } from "../outbox/letter.ts";
import { lineOf } from "./line.ts";

/** A chat of a group. */
export type GroupChat = LocalChat & { readonly group: GroupSide };

export const blankGroup = (peer: string, me: string): GroupChat => ({
  ...newChat(peer),
  group: { me, epoch: "", generation: 0, from: 0, mentioned: false, info: {} },
});

/** The chat, if it is one of a group. */
export const asGroup = (chat: LocalChat | undefined): GroupChat | undefined =>
  chat?.group && (chat as GroupChat);

/** How far the group is followed. */
export const cursorOf = ({ seq, group: { epoch, on } }: GroupChat): Bookmark => ({
  epoch,
  seq,
  ...(on && { on }),
});

/** How far the mailbox is followed that shows a chat's messages; `own`: the user's. */
export function cursorIn(
  chat: LocalChat | undefined,
  own: Bookmark | undefined,
): Bookmark | undefined {
  const group = asGroup(chat);
  return group ? cursorOf(group) : own;
}

/** A place in a chat, by default its newest, as questions name it: of a group as a position. */
export const placeIn = (chat: LocalChat | undefined, seq = chat?.seq ?? 0): number =>
  positionOf(chat?.group?.generation ?? 0, seq);

/** The group that an entry of the own mailbox is about. */
export function groupIn(mail: Mail): string | undefined {
  const peer = peerOf(mail);
  return peer !== undefined && isGroup(peer) ? peer : undefined;
}

/** The chat with other words about the group. */
export const withGroup = (chat: GroupChat, more: Partial<GroupSide>): GroupChat => ({
  ...chat,
  group: { ...chat.group, ...more },
});

/** The chat behind an event of the group's own mailbox. */
export function followed(chat: GroupChat, frame: EventFrame, epoch: string): GroupChat {
  const { seq, at, generation = 0, event } = frame;
  const place = placed(frame);
  const position = positionOf(generation, seq);
  const id = messageId(chat.peer, position);
  const next = withGroup({ ...chat, seq }, { epoch, on: footingOf(frame) });
  if (!("of" in event)) return next;
  if (event.type === "MessageSent") {
    const { author, cid, sentAt } = event;
    const row: Row = { ...place, id, author, cid, ...letterOf(event), sentAt };
    if (author === chat.group.me) return shownIn({ ...next, sent: position }, row);
    // The page that has brought it has counted it.
    const unread = next.unread + Number(!chat.messages.some((each) => each.seq === seq));
    return shownIn({ ...next, received: position, unread }, row);
  }
  if (event.type !== "GroupChanged") {
    event satisfies never;
    return next;
  }
  const { by, cid = id, change } = event;
  const { me, info } = next.group;
  const row = lineOf(chat.peer, { ...place, at, by, cid, change });
  return shownIn(withGroup(next, { info: changed(info, change, me) }), row);
}

const shownIn = (chat: GroupChat, row: Row): GroupChat => recounted(added(chat, row));

/** The membership after what the group told its user. */
export function standing(chat: GroupChat, event: Mail["event"]): GroupChat {
  if (event.type === "GroupJoined")
    return recounted({ ...chat, group: joined(chat.group, event.from) });
  if (event.type !== "GroupLeft" || event.from < chat.group.from) return chat;
  return { ...chat, group: gone(chat.group, event) };
}

/** A membership that goes on … */
function joined({ upTo: _, info, ...group }: GroupSide, from: number): GroupSide {
  const { left: _left, ...known } = info;
  return { ...group, from, info: known };
}

/** … and one that has ended. */
function gone(
  group: GroupSide,
  { from, upTo, why }: Required<Pick<GroupRow, "from" | "upTo" | "why">>,
): GroupSide {
  const { role: _, ...info } = group.info;
  return { ...group, from, upTo, info: { ...info, left: why } };
}

/** The chat with what its row in the list says: how far it is read, here and by others, and whose it is. */
export function listed(chat: GroupChat, row: GroupRow): GroupChat {
  const { name, from, upTo, why, read, peerDelivered, peerRead } = row;
  const group = upTo && why ? gone(chat.group, { from, upTo, why }) : joined(chat.group, from);
  return recounted({
    ...chat,
    theirs: { delivered: peerDelivered, read: peerRead },
    mine: { delivered: 0, read },
    heard: Math.max(from, upTo ?? 0),
    group: { ...group, info: { ...group.info, ...(name !== undefined && { name }) } },
  });
}

/** A row of the list, and on top of it what the own mailbox has told of the group since the views answered. */
export function upToNow(row: GroupRow, { mine, theirs, group }: GroupChat): GroupRow {
  const { from, upTo, info } = group;
  const { upTo: _, why: _why, ...rest } = row;
  const isPast = row.from < from || (row.from === from && !row.upTo);
  const end = { ...(upTo && { upTo }), ...(info.left && { why: info.left }) };
  return {
    ...(isPast ? { ...rest, from, ...end } : row),
    read: Math.max(row.read, mine.read),
    peerDelivered: Math.max(row.peerDelivered, theirs.delivered),
    peerRead: Math.max(row.peerRead, theirs.read),
  };
}

/** The chat of one who comes back, at `seq`: what has changed meanwhile no event says, so it has to be asked for. */
export function outdated(chat: GroupChat, seq: number): GroupChat {
  if (chat.seq === 0 || chat.seq >= seq) return chat;
  const { rules: _, ...info } = chat.group.info;
  return withGroup(chat, { info });
}

/** The chat with the views' answer about its group. */
export function detailed(chat: GroupChat, answer: GroupAnswer): GroupChat {
  const { name, about, rules, members, role, receipts } = answer;
  const { left } = chat.group.info;
  const info = {
    name,
    ...(about !== undefined && { about }),
    rules,
    members,
    ...(role && { role }),
    receipts,
    ...(left && { left }),
  };
  return withGroup(chat, { info });
}

/** All that is known of the group after a change. Of one that is not known yet nothing is made up. */
function changed(info: GroupInfo, change: LineChange, me: string): GroupInfo {
  switch (change.do) {
    case "create":
      return begun(change, me);
    case "describe":
      return described(info, change);
    case "rule":
      return ruled(info, change);
    case "add":
    case "join":
    case "remove":
    case "leave":
    case "promote":
    case "demote":
      return peopled(info, change, me);
    case "invite":
      return info;
  }
  // One that this version does not know.
  change satisfies never;
  return info;
}

function described(info: GroupInfo, change: Extract<LineChange, { do: "describe" }>): GroupInfo {
  const { name = info.name, about = info.about } = change;
  return { ...info, ...(name !== undefined && { name }), ...(about !== undefined && { about }) };
}

function ruled(info: GroupInfo, change: Extract<LineChange, { do: "rule" }>): GroupInfo {
  if (info.rules === undefined) return info;
  const { send = info.rules.send, edit = info.rules.edit, add = info.rules.add } = change;
  return { ...info, rules: { send, edit, add } };
}

/** A group as it is made. */
const begun = (
  { name, members, limits }: Extract<LineChange, { do: "create" }>,
  me: string,
): GroupInfo => ({
  name,
  rules: { send: "all", edit: "all", add: "all" },
  members: members.length,
  role: members[0] === me ? "admin" : "member",
  // A group for more has no receipts.
  receipts: limits.members <= RECEIPTS_MAX,
});

/** All that is known of the group after others came or went, or may do more or less. */
function peopled(
  info: GroupInfo,
  change: Exclude<LineChange, { do: "create" | "describe" | "rule" | "invite" }>,
  me: string,
): GroupInfo {
  const count = (by: number): GroupInfo =>
    info.members ? { ...info, members: info.members + by } : info;
  const become = (role: "admin" | "member", user: string): GroupInfo =>
    user === me && info.role ? { ...info, role } : info;
  switch (change.do) {
    case "add":
      return count(change.users.length);
    case "join":
      return count(1);
    case "remove":
      return count(-1);
    case "leave":
      return { ...count(-1), ...(change.successor === me && { role: "admin" }) };
    case "promote":
      return become("admin", change.user);
    case "demote":
      return become("member", change.user);
  }
}
