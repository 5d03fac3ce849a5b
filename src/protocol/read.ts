import { isObject } from "./extras.ts";
import type { LineRow, MessageRow } from "./frames/history.ts";
import type { ChatRow, GroupRow } from "./frames/chats.ts";
import type { Limits } from "./frames/hello.ts";
import type { ServerFrame } from "./frames/frame.ts";
import type { Answers } from "./frames/reply.ts";
import type { SeenRow } from "./frames/presence.ts";
import type { FollowedGroup } from "./frames/group.ts";
import type { GroupAnswer, InfoRow, MemberRow } from "./frames/groupviews.ts";
import type { SessionRow } from "./frames/sessions.ts";
import type { StatusAnswer } from "./frames/status.ts";

/**
 * Reads server frames in a client: a check by hand, because a schema library is more than a page
 * should have to load. A spec says that it takes what the schemas in `schema/server.ts` take.
 */
type Check = (value: unknown) => boolean;
/** A check for every field, so that a new field does not compile until it has one. */
type Fields<T> = { readonly [K in keyof Required<T>]: Check };

const text: Check = (value) => typeof value === "string";
const flag: Check = (value) => typeof value === "boolean";
const time: Check = (value) => typeof value === "number";
const seq: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const ref: Check = (value) => text(value) || Number.isSafeInteger(value);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const either =
  (one: Check, other: Check): Check =>
  (value) =>
    one(value) || other(value);

/** An object of which every field that is named fits; it may have others. */
function fields<T>(checks: Fields<T>): Check {
  const all = Object.entries<Check>(checks);
  return (value) =>
    isObject(value) &&
    all.every(([name, check]) => check((value as Record<string, unknown>)[name]));
}

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
const infoRow = fields<InfoRow>({
  user: text,
  delivered: flag,
  read: flag,
  deliveredAt: maybe(time),
  readAt: maybe(time),
  left: maybe(flag),
});
const ANSWERS: { readonly [V in keyof Answers]: Check } = {
  chats: fields<Answers["chats"]>({
    chats: list(either(chat, groupRow)),
    more: flag,
    partial: maybe(flag),
    repeats: maybe(list(instance)),
  }),
  history: fields<Answers["history"]>({ messages: list(row), more: flag }),
  status: fields<StatusAnswer>({
    id: text,
    to: text,
    status: text,
    sentAt: time,
    deliveredAt: maybe(time),
    readAt: maybe(time),
    delivered: maybe(seq),
    read: maybe(seq),
    of: maybe(seq),
  }),
  sessions: fields<Answers["sessions"]>({ sessions: list(session) }),
  group: fields<GroupAnswer>({
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
  }),
  members: fields<Answers["members"]>({
    members: list(fields<MemberRow>({ user: text, role: text, from: seq })),
    more: flag,
  }),
  info: fields<Answers["info"]>({ members: list(infoRow), more: flag }),
  lastSeen: fields<Answers["lastSeen"]>({
    users: list(fields<SeenRow>({ user: text, online: flag, lastSeen: time })),
  }),
};

/** Seqs by the mailboxes that they are of. */
const heads: Check = (value) => isObject(value) && Object.values(value).every(seq);

const limits = fields<Limits>({
  frameBytes: seq,
  codePoints: seq,
  sendsPerSecond: seq,
  sendsBurst: seq,
  marksPerSecond: seq,
  marksBurst: seq,
  framesPerSecond: seq,
  typingPerSecond: seq,
  unanswered: seq,
  watches: seq,
  watchesPerSecond: seq,
  watchesBurst: seq,
  questionsPerSecond: seq,
  questionsBurst: seq,
  heartbeatMs: seq,
  idleMs: seq,
  onlineMs: seq,
});

type Shapes = {
  readonly [T in ServerFrame["t"]]: Fields<Omit<Extract<ServerFrame, { t: T }>, "t">>;
};
const SHAPES: Shapes = {
  welcome: {
    sessionId: text,
    resume: text,
    user: text,
    head: seq,
    epoch: text,
    expiresInMs: seq,
    limits,
    ref: maybe(ref),
  },
  refreshed: { expiresInMs: seq, ref: maybe(ref) },
  sent: { cid: text, id: maybe(text), seq, durability: text, ref: maybe(ref) },
  asked: { cid: text, group: text, seq, durability: text, ref: maybe(ref) },
  event: {
    mailbox: text,
    seq,
    prev: seq,
    at: time,
    generation: maybe(seq),
    event: (value) => isObject(value),
  },
  caughtUp: { mailbox: text, seq },
  resync: { mailbox: text, epoch: text, seq, reason: text },
  follows: {
    mailboxes: list(
      fields<FollowedGroup>({ mailbox: text, epoch: text, seq, head: seq, generation: maybe(seq) }),
    ),
  },
  unfollows: { mailbox: text, upTo: seq },
  presence: { user: text, online: flag, lastSeen: maybe(time) },
  typing: { peer: text, user: maybe(text) },
  reply: { view: text, seq, result: isObject, ref: maybe(ref) },
  error: {
    code: text,
    message: text,
    retryable: flag,
    field: maybe(text),
    retryAfterMs: maybe(time),
    cid: maybe(text),
    ref: maybe(ref),
  },
  goaway: { withinMs: maybe(seq) },
  stay: {},
  pong: { head: maybe(seq), heads: maybe(heads), ref: maybe(ref) },
};
const CHECKS = new Map<unknown, Check>(
  Object.entries(SHAPES).map(([t, shape]) => [t, fields(shape as Fields<ServerFrame>)]),
);

/**
 * Reads one text message of the server. An event's own fields are not looked at: a type that this
 * version does not know moves the cursor and nothing else.
 * @returns undefined for what this version does not know, and for what is no frame: ignore it.
 */
export function readServerFrame(said: string): ServerFrame | undefined {
  let frame: unknown;
  try {
    frame = JSON.parse(said);
  } catch {
    return undefined;
  }
  return isServerFrame(frame) ? frame : undefined;
}

function isServerFrame(value: unknown): value is ServerFrame {
  if (!isObject(value)) return false;
  const { t, view, result } = value as { t?: unknown; view?: unknown; result?: unknown };
  if (CHECKS.get(t)?.(value) !== true) return false;
  if (t !== "reply") return true;
  return typeof view === "string" && Object.hasOwn(ANSWERS, view)
    ? ANSWERS[view as keyof Answers](result)
    : false;
}
