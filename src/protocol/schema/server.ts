import * as z from "zod";
import { Cid, GroupId, Id, MessageId, Seq, UserId } from "../../events/ids.ts";
import { Copy } from "../../events/copy.ts";
import { Fact } from "../../events/fact.ts";
import { GroupFact } from "../../events/groupfact.ts";
import { SessionEvent } from "../../events/session.ts";
import { RESYNC_REASONS } from "../frames/mailbox.ts";
import { DURABILITIES } from "../frames/send.ts";
import { AnswerShapes } from "./answers.ts";
import { RefShape } from "./client.ts";

const ref = RefShape.exactOptional();
const Count = z.int().positive();
/** Milliseconds, whole. */
const Duration = z.int().min(0);

const LimitsShape = z.object({
  frameBytes: Count,
  codePoints: Count,
  sendsPerSecond: Count,
  sendsBurst: Count,
  marksPerSecond: Count,
  marksBurst: Count,
  framesPerSecond: Count,
  typingPerSecond: Count,
  unanswered: Count,
  watches: Count,
  watchesPerSecond: Count,
  watchesBurst: Count,
  questionsPerSecond: Count,
  questionsBurst: Count,
  heartbeatMs: Count,
  idleMs: Count,
  onlineMs: Count,
});

const welcome = z.object({
  t: z.literal("welcome"),
  sessionId: Id,
  resume: z.string(),
  user: UserId,
  head: Seq,
  epoch: z.string(),
  expiresInMs: Duration,
  limits: LimitsShape,
  ref,
});

const event = z.object({
  t: z.literal("event"),
  mailbox: Id,
  seq: Seq,
  prev: Seq,
  at: z.number(),
  generation: Seq.exactOptional(),
  event: z.union([Copy, Fact, SessionEvent, GroupFact]),
});

const error = z.object({
  t: z.literal("error"),
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  field: z.string().exactOptional(),
  retryAfterMs: z.number().exactOptional(),
  cid: Cid.exactOptional(),
  ref,
});

const reply = <V extends keyof typeof AnswerShapes>(view: V) =>
  z.object({
    t: z.literal("reply"),
    view: z.literal(view),
    seq: Seq,
    result: AnswerShapes[view],
    ref,
  });

/** Server frames, field by field. The types are those of `frames/`; a spec says that the two are equal. */
export const ServerFrameShape = z.discriminatedUnion("t", [
  welcome,
  z.object({ t: z.literal("refreshed"), expiresInMs: Duration, ref }),
  z.object({
    t: z.literal("sent"),
    cid: Cid,
    id: MessageId.exactOptional(),
    seq: Seq,
    durability: z.enum(DURABILITIES),
    ref,
  }),
  z.object({
    t: z.literal("asked"),
    cid: Cid,
    group: GroupId,
    seq: Seq,
    durability: z.enum(DURABILITIES),
    ref,
  }),
  event,
  z.object({ t: z.literal("caughtUp"), mailbox: Id, seq: Seq }),
  z.object({
    t: z.literal("resync"),
    mailbox: Id,
    epoch: z.string(),
    seq: Seq,
    reason: z.enum(RESYNC_REASONS),
  }),
  z.object({
    t: z.literal("follows"),
    mailboxes: z.array(
      z.object({
        mailbox: GroupId,
        epoch: z.string(),
        seq: Seq,
        head: Seq,
        generation: Seq.exactOptional(),
      }),
    ),
  }),
  z.object({ t: z.literal("unfollows"), mailbox: GroupId, upTo: Seq }),
  z.object({
    t: z.literal("presence"),
    user: UserId,
    online: z.boolean(),
    lastSeen: z.number().exactOptional(),
  }),
  z.object({ t: z.literal("typing"), peer: Id, user: UserId.exactOptional() }),
  z.discriminatedUnion("view", [
    reply("chats"),
    reply("history"),
    reply("status"),
    reply("lastSeen"),
    reply("sessions"),
    reply("keyed"),
    reply("group"),
    reply("members"),
    reply("info"),
  ]),
  error,
  z.object({ t: z.literal("goaway"), withinMs: Duration.exactOptional() }),
  z.object({ t: z.literal("stay") }),
  z.object({
    t: z.literal("pong"),
    head: Seq.exactOptional(),
    heads: z.record(z.string(), Seq).exactOptional(),
    ref,
  }),
]);
