import { isObject } from "./extras.ts";
import {
  checksOf,
  fields,
  flag,
  list,
  maybe,
  ref,
  seq,
  text,
  time,
  type Check,
  type Fields,
} from "./fields.ts";
import type { Limits } from "./frames/hello.ts";
import type { ServerFrame } from "./frames/frame.ts";
import type { FollowedGroup } from "./frames/group.ts";
import { ANSWERS } from "./readanswers.ts";

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
    event: isObject,
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
const FRAMES = checksOf(SHAPES);

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
  const { t, view, result } = value;
  const fits = FRAMES.get(t)?.(value) === true;
  return fits && (t !== "reply" || ANSWERS.get(view)?.(result) === true);
}
