import {
  checksOf,
  either,
  fields,
  flag,
  list,
  maybe,
  seq,
  text,
  time,
  type Check,
  type Fields,
} from "./fields.ts";
import { isObject } from "./extras.ts";
import type { LineRow, MessageRow } from "./frames/history.ts";
import type { ChatRow, GroupRow } from "./frames/chats.ts";
import type { Answers } from "./frames/reply.ts";
import type { SeenRow } from "./frames/presence.ts";
import type { InfoRow, MemberRow } from "./frames/groupviews.ts";
import type { KeyedRow } from "./frames/keyed.ts";
import type { SessionRow } from "./frames/sessions.ts";

const message = fields<MessageRow>({
  seq,
  generation: maybe(seq),
  id: text,
  author: text,
  to: text,
  cid: text,
  body: text,
  sentAt: time,
  replaces: maybe(text),
  data: maybe(isObject),
  mentions: maybe(list(text)),
  key: maybe(text),
});
const line = fields<LineRow>({
  seq,
  generation: maybe(seq),
  at: time,
  by: text,
  cid: maybe(text),
  change: isObject,
});
const row = either(message, line);
/** An instance of the list of repeats: its name, its last n, and a mask of those below. */
const instance: Check = (value) =>
  Array.isArray(value) && value.length === 3 && text(value[0]) && seq(value[1]) && seq(value[2]);
const chat = fields<ChatRow>({
  peer: text,
  at: time,
  last: message,
  unread: seq,
  received: seq,
  delivered: seq,
  read: seq,
  readHere: seq,
  peerDelivered: seq,
  peerRead: seq,
});
const groupRow = fields<GroupRow>({
  peer: text,
  at: time,
  from: seq,
  upTo: maybe(seq),
  why: maybe(text),
  read: seq,
  readHere: seq,
  peerDelivered: seq,
  peerRead: seq,
  name: maybe(text),
  last: maybe(row),
  unread: maybe(seq),
  mentioned: maybe(flag),
  seq: maybe(seq),
  generation: maybe(seq),
});
const session = fields<SessionRow>({
  sessionId: text,
  deviceId: text,
  gatewayId: text,
  openedAt: time,
  position: seq,
  issuedAt: maybe(time),
  closed: maybe(fields<NonNullable<SessionRow["closed"]>>({ reason: text, countsInMs: time })),
});
const keyed = fields<KeyedRow>({
  seq,
  generation: maybe(seq),
  cid: text,
  key: text,
  refused: maybe(text),
});
const infoRow = fields<InfoRow>({
  user: text,
  delivered: flag,
  read: flag,
  deliveredAt: maybe(time),
  readAt: maybe(time),
  left: maybe(flag),
});
const SHAPES: { readonly [V in keyof Answers]: Fields<Answers[V]> } = {
  chats: {
    chats: list(either(chat, groupRow)),
    more: flag,
    partial: maybe(flag),
    repeats: maybe(list(instance)),
  },
  history: { messages: list(row), more: flag },
  status: {
    id: text,
    to: text,
    status: text,
    sentAt: time,
    deliveredAt: maybe(time),
    readAt: maybe(time),
    delivered: maybe(seq),
    read: maybe(seq),
    of: maybe(seq),
  },
  sessions: { sessions: list(session) },
  keyed: { sends: list(keyed), more: flag },
  group: {
    group: text,
    name: text,
    about: maybe(text),
    rules: isObject,
    members: seq,
    limits: isObject,
    receipts: flag,
    from: seq,
    upTo: maybe(seq),
    role: maybe(text),
    invite: maybe(text),
  },
  members: {
    members: list(fields<MemberRow>({ user: text, role: text, from: seq })),
    more: flag,
  },
  info: { members: list(infoRow), more: flag },
  lastSeen: {
    users: list(fields<SeenRow>({ user: text, online: flag, lastSeen: time })),
  },
};
/** A check of the answer of each view. */
export const ANSWERS = checksOf(SHAPES);
