import * as z from "zod";
import { Content } from "../../events/content.ts";
import { GroupLimits } from "../../events/ask.ts";
import { GroupChange } from "../../events/groupfact.ts";
import { Cid, GroupId, Id, MessageId, Seq, UserId } from "../../events/ids.ts";

const Time = z.number();
const message = z.object({
  seq: Seq,
  generation: Seq.exactOptional(),
  id: MessageId,
  author: UserId,
  to: Id,
  cid: Cid,
  body: z.string(),
  sentAt: Time,
  replaces: Cid.exactOptional(),
  data: Content.exactOptional(),
  mentions: z.array(UserId).exactOptional(),
  key: z.string().exactOptional(),
});
const line = z.object({
  seq: Seq,
  generation: Seq.exactOptional(),
  at: Time,
  by: UserId,
  cid: Cid.exactOptional(),
  change: GroupChange,
});
const row = z.union([message, line]);
const Count = z.int().nonnegative();
const Who = z.enum(["all", "admins"]);
const Role = z.enum(["admin", "member"]);

const chat = z.object({
  peer: UserId,
  at: Time,
  last: message,
  unread: Seq,
  received: Seq,
  delivered: Seq,
  read: Seq,
  readHere: Seq,
  peerDelivered: Seq,
  peerRead: Seq,
});

const groupRow = z.object({
  peer: GroupId,
  at: Time,
  from: Seq,
  upTo: Seq.exactOptional(),
  why: z.enum(["left", "removed", "ended", "limit"]).exactOptional(),
  read: Seq,
  readHere: Seq,
  peerDelivered: Seq,
  peerRead: Seq,
  name: z.string().exactOptional(),
  last: row.exactOptional(),
  unread: Count.exactOptional(),
  mentioned: z.literal(true).exactOptional(),
  seq: Seq.exactOptional(),
  generation: Seq.exactOptional(),
});

/** Answers of the views, by question. The types are those of `frames/`; a spec says that the two are equal. */
export const AnswerShapes = {
  chats: z.object({
    chats: z.array(z.union([chat, groupRow])),
    more: z.boolean(),
    partial: z.literal(true).exactOptional(),
    repeats: z.array(z.tuple([z.string(), Seq, Seq])).exactOptional(),
  }),
  history: z.object({ messages: z.array(row), more: z.boolean() }),
  sessions: z.object({
    sessions: z.array(
      z.object({
        sessionId: Id,
        deviceId: Id,
        gatewayId: Id,
        openedAt: Time,
        position: Seq,
        issuedAt: Time.exactOptional(),
        closed: z.object({ reason: z.string(), countsInMs: Time }).exactOptional(),
      }),
    ),
  }),
  keyed: z.object({
    sends: z.array(
      z.object({
        seq: Seq,
        generation: Seq.exactOptional(),
        cid: Cid,
        key: z.string(),
        refused: z.string().exactOptional(),
      }),
    ),
    more: z.boolean(),
  }),
  status: z.object({
    id: MessageId,
    to: Id,
    delivered: Count.exactOptional(),
    read: Count.exactOptional(),
    of: Count.exactOptional(),
    status: z.enum(["sent", "delivered", "read"]),
    sentAt: Time,
    deliveredAt: Time.exactOptional(),
    readAt: Time.exactOptional(),
  }),
  group: z.object({
    group: GroupId,
    name: z.string(),
    about: z.string().exactOptional(),
    rules: z.object({ send: Who, edit: Who, add: Who }),
    members: Count,
    limits: GroupLimits,
    receipts: z.boolean(),
    from: Seq,
    upTo: Seq.exactOptional(),
    role: Role.exactOptional(),
    invite: z.string().exactOptional(),
  }),
  members: z.object({
    members: z.array(z.object({ user: UserId, role: Role, from: Seq })),
    more: z.boolean(),
  }),
  info: z.object({
    members: z.array(
      z.object({
        user: UserId,
        delivered: z.boolean(),
        read: z.boolean(),
        deliveredAt: Time.exactOptional(),
        readAt: Time.exactOptional(),
        left: z.literal(true).exactOptional(),
      }),
    ),
    more: z.boolean(),
  }),
  lastSeen: z.object({
    users: z.array(z.object({ user: UserId, online: z.boolean(), lastSeen: Time })),
  }),
} as const;
