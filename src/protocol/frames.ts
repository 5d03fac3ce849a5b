import { z } from "zod";
import { isRejectionCode, type Rejection } from "./codes.ts";
import { Cid, Id, MessageId, Seq, UserId } from "../events/ids.ts";
import type { Mail } from "../events/event.ts";

/** Protocol version. Additions keep it; a frame may name it as `v`. */
const VERSION = 1;
export const CODE_POINTS_MAX = 16_384;
export const DEPTH_MAX = 32;
/** A frame's bytes: the longest body in 4-byte characters and an envelope; 70 KB is refused. */
export const FRAME_BYTES_MAX = 68 * 1024;
export const TOKEN_BYTES_MAX = 8 * 1024;

const Ref = z.union([z.string().max(64), z.int()]).optional();
const base = { v: z.literal(VERSION, "op.unsupported_version").optional(), ref: Ref };
const Body = z
  .string()
  .min(1, "message.empty")
  .refine((body) => codePointsWithin(body, CODE_POINTS_MAX), "message.too_large")
  // It is stored and shown as UTF-8, which has no such thing.
  .refine((body) => body.isWellFormed(), "message.malformed");
const Users = z.array(UserId).min(1).max(100);

/** How far a device has followed a mailbox. */
const Cursor = z.strictObject({ mailbox: Id, epoch: z.string().max(64), seq: Seq });

/** What a client may say. The single source: `docs/protocol.md` is checked against it. */
export const ClientFrame = z.discriminatedUnion("t", [
  z.strictObject({
    t: z.literal("hello"),
    ...base,
    token: z.string().min(1).max(TOKEN_BYTES_MAX, "auth.invalid_token"),
    deviceId: Id,
    /** One cursor per followed mailbox; absent: from the beginning. */
    since: z.array(Cursor).max(512).optional(),
  }),
  z.strictObject({ t: z.literal("send"), ...base, cid: Cid, to: UserId, body: Body }),
  z.strictObject({ t: z.literal("delivered"), ...base, peer: UserId, upTo: Seq }),
  z.strictObject({ t: z.literal("read"), ...base, peer: UserId, upTo: Seq }),
  z.strictObject({ t: z.literal("typing"), ...base, peer: UserId }),
  z.strictObject({ t: z.literal("focus"), ...base }),
  z.strictObject({ t: z.literal("watch"), ...base, users: Users }),
  z.strictObject({ t: z.literal("unwatch"), ...base, users: Users }),
  z.strictObject({ t: z.literal("status"), ...base, id: MessageId, atLeast: Seq.optional() }),
  z.strictObject({
    t: z.literal("chats"),
    ...base,
    limit: z.int().min(1).max(200).optional(),
    before: Seq.optional(),
    atLeast: Seq.optional(),
  }),
  z.strictObject({
    t: z.literal("history"),
    ...base,
    peer: UserId,
    before: Seq.optional(),
    after: Seq.optional(),
    limit: z.int().min(1).max(100).optional(),
    atLeast: Seq.optional(),
  }),
  z.strictObject({ t: z.literal("ping"), ...base }),
]);
export type ClientFrame = z.infer<typeof ClientFrame>;
export type Hello = Extract<ClientFrame, { t: "hello" }>;

/** What an acked send survives: see README, "What ✓ means". */
export const DURABILITIES = ["stored", "synced", "replicated", "replicated+synced"] as const;
export type Durability = (typeof DURABILITIES)[number];

type Ref = string | number;

/** What the server may say. */
export type ServerFrame =
  | {
      t: "welcome";
      sessionId: string;
      user: string;
      /** Seq of this session's own opening: history up to it, live after it. */
      head: number;
      /** Names this life of the log; a cursor of another epoch is void. */
      epoch: string;
      limits: Limits;
      ref?: Ref;
    }
  | { t: "sent"; cid: string; id: string; seq: number; durability: Durability; ref?: Ref }
  | { t: "event"; mailbox: string; seq: number; prev: number; at: number; event: Mail["event"] }
  | { t: "caughtUp"; mailbox: string; seq: number }
  | {
      t: "resync";
      mailbox: string;
      epoch: string;
      seq: number;
      reason: "epoch" | "rolled-back" | "too-long";
    }
  | { t: "presence"; user: string; online: boolean; lastSeen?: number }
  | { t: "typing"; peer: string }
  | { t: "reply"; ref?: Ref; seq: number; result: unknown }
  | {
      t: "error";
      code: string;
      message: string;
      retryable: boolean;
      field?: string;
      retryAfterMs?: number;
      ref?: Ref;
      cid?: string;
    }
  | { t: "pong"; head: number; ref?: Ref };

/** The limits a client has to know. Times in ms, rates per second. */
export interface Limits {
  frameBytes: number;
  codePoints: number;
  sendsPerSecond: number;
  sendsBurst: number;
  framesPerSecond: number;
  typingPerSecond: number;
  watches: number;
  heartbeatMs: number;
  idleMs: number;
  onlineMs: number;
}

/** The frame of a mailbox event: the same text live and on resume, for every device. */
export const eventFrame = (
  mailbox: string,
  seq: number,
  prev: number,
  at: number,
  raw: string,
): string =>
  `{"t":"event","mailbox":"${mailbox}","seq":${seq},"prev":${prev},"at":${at},"event":${raw}}`;

/** Stands for an entry that is no JSON, so that the chain of seqs goes on. */
const UNREADABLE = '{"type":"Unreadable"}';

/** An entry's text, or what stands for it. */
export function readable(raw: string): string {
  try {
    JSON.parse(raw);
    return raw;
  } catch {
    return UNREADABLE;
  }
}

/** Reads one frame. The depth is checked on the text, before anything walks it. */
export function parseFrame(
  text: string,
): { frame: ClientFrame } | { rejection: Rejection; ref?: Ref; cid?: string } {
  if (deeperThan(text, DEPTH_MAX)) return { rejection: { code: "frame.too_deep" } };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { rejection: { code: "frame.malformed" } };
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return { rejection: { code: "frame.malformed" } };
  const parsed = ClientFrame.safeParse(json);
  if (parsed.success) return { frame: parsed.data };
  return { rejection: rejectionOf(parsed.error.issues), ...namesOf(json) };
}

/** The first broken rule. The zod message of a rule is its code, where it has one of its own. */
export function rejectionOf(issues: readonly z.core.$ZodIssue[]): Rejection {
  const unknown = issues.find((issue) => issue.code === "unrecognized_keys");
  const issue = unknown ?? issues[0];
  if (issue === undefined) return { code: "frame.invalid" };
  if (issue.code === "unrecognized_keys")
    return {
      code: "frame.unknown_field",
      field: [...issue.path, issue.keys[0]].join(".").slice(0, 80),
    };
  if (issue.code === "invalid_union" && issue.path[0] === "t")
    return { code: "op.unknown", field: "t" };
  const field = issue.path.join(".");
  const code = isRejectionCode(issue.message) ? issue.message : "frame.invalid";
  return field === "" ? { code } : { code, field };
}

/** So that a client can tell which of its frames was refused. */
function namesOf(json: object): { ref?: Ref; cid?: string } {
  const { ref, cid } = json as { ref?: unknown; cid?: unknown };
  const named = Ref.safeParse(ref);
  return {
    ...(named.success && named.data !== undefined && { ref: named.data }),
    ...(Cid.safeParse(cid).success && { cid: cid as string }),
  };
}

/** Does the text nest deeper than `max`? Brackets inside strings do not count. */
function deeperThan(text: string, max: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) i = endOfString(text, i);
    else if (c === OPEN_LIST || c === OPEN_OBJECT) depth++;
    else if (c === CLOSE_LIST || c === CLOSE_OBJECT) depth--;
    if (depth > max) return true;
  }
  return false;
}

const [QUOTE, OPEN_LIST, OPEN_OBJECT, CLOSE_LIST, CLOSE_OBJECT] = [0x22, 0x5b, 0x7b, 0x5d, 0x7d];

/** Index of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 1;
}

/** Counts only when it has to: a code point is one or two UTF-16 units. */
function codePointsWithin(text: string, max: number): boolean {
  if (text.length <= max) return true;
  if (text.length > 2 * max) return false;
  let count = 0;
  for (const _ of text) if (++count > max) return false;
  return true;
}
