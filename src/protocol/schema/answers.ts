import { z } from "zod";
import { Content } from "../../events/content.ts";
import { Cid, Id, MessageId, Seq, UserId } from "../../events/ids.ts";

const Time = z.number();
const message = z.object({
  seq: Seq,
  generation: Seq.exactOptional(),
  id: MessageId,
  author: UserId,
  to: UserId,
  cid: Cid,
  body: z.string(),
  sentAt: Time,
  replaces: Cid.exactOptional(),
  data: Content.exactOptional(),
  key: z.string().exactOptional(),
});

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

/** Answers of the views, by question. The types are those of `frames/`; a spec says that the two are equal. */
export const AnswerShapes = {
  chats: z.object({
    chats: z.array(chat),
    more: z.boolean(),
    repeats: z.array(z.tuple([z.string(), Seq, Seq])).exactOptional(),
  }),
  history: z.object({ messages: z.array(message), more: z.boolean() }),
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
  status: z.object({
    id: MessageId,
    to: UserId,
    status: z.enum(["sent", "delivered", "read"]),
    sentAt: Time,
    deliveredAt: Time.exactOptional(),
    readAt: Time.exactOptional(),
  }),
  lastSeen: z.object({
    users: z.array(z.object({ user: UserId, online: z.boolean(), lastSeen: Time })),
  }),
} as const;
