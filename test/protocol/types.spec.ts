import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import type * as z from "zod";
import type { ClientFrame, ServerFrame } from "../../src/protocol/frames/frame.ts";
import type { Answers } from "../../src/protocol/frames/reply.ts";
import { readServerFrame } from "../../src/protocol/read.ts";
import type { AnswerShapes } from "../../src/protocol/schema/answers.ts";
import type { ClientFrameShape } from "../../src/protocol/schema/client.ts";
import { ServerFrameShape } from "../../src/protocol/schema/server.ts";

/** A type without `readonly`, at any depth, in one piece. */
type Plain<T> = T extends object ? { -readonly [K in keyof T]: Plain<T[K]> } : T;

describe("the types that are written out", () => {
  test("of client frames are those of the schemas", () =>
    expectTypeOf<Plain<ClientFrame>>().toEqualTypeOf<Plain<z.infer<typeof ClientFrameShape>>>());

  test("of server frames are those of the schemas", () =>
    expectTypeOf<Plain<ServerFrame>>().toEqualTypeOf<Plain<z.infer<typeof ServerFrameShape>>>());

  test("of answers are those of the schemas", () => {
    type Shaped = { [V in keyof typeof AnswerShapes]: z.infer<(typeof AnswerShapes)[V]> };
    expectTypeOf<Plain<Answers>>().toEqualTypeOf<Plain<Shaped>>();
  });
});

const message = {
  seq: 7,
  id: "alice:7",
  author: "alice",
  to: "bob",
  cid: "c.1",
  body: "hi",
  sentAt: 1,
};
const rich = { ...message, data: { a: [1] }, key: "k" };
const chat = {
  peer: "bob",
  at: 1,
  last: message,
  unread: 0,
  received: 0,
  delivered: 0,
  read: 0,
  readHere: 0,
  peerDelivered: 0,
  peerRead: 0,
};
const limits = {
  frameBytes: 1,
  codePoints: 1,
  sendsPerSecond: 1,
  sendsBurst: 1,
  marksPerSecond: 1,
  marksBurst: 1,
  framesPerSecond: 1,
  typingPerSecond: 1,
  unanswered: 1,
  watches: 1,
  watchesPerSecond: 1,
  watchesBurst: 1,
  questionsPerSecond: 1,
  questionsBurst: 1,
  heartbeatMs: 1,
  idleMs: 1,
  onlineMs: 1,
};
const status = { id: "alice:7", to: "bob", status: "sent", sentAt: 1 } as const;
const seen = { user: "bob", online: true, lastSeen: 5 };
const session = {
  sessionId: "s",
  deviceId: "phone",
  gatewayId: "g",
  openedAt: 5,
  position: 7,
  issuedAt: 3,
  closed: { reason: "gateway-lost", countsInMs: 9 },
};
const GROUP = "g-abcdefghijklmnopqrstuv";

/** A frame of each type, and a reply of each view. */
const frames: ServerFrame[] = [
  {
    t: "welcome",
    sessionId: "s",
    resume: "r",
    user: "alice",
    head: 1,
    epoch: "e",
    expiresInMs: 1,
    limits,
    ref: 1,
  },
  { t: "refreshed", expiresInMs: 1, ref: 1 },
  { t: "sent", cid: "c.1", id: "alice:7", seq: 7, durability: "stored" },
  {
    t: "event",
    mailbox: "alice",
    seq: 7,
    prev: 3,
    at: 1,
    event: { type: "SessionClosed", sessionId: "s", reason: "left" },
  },
  { t: "sent", cid: "c.1", seq: 7, durability: "stored" },
  { t: "asked", cid: "c.1", group: GROUP, seq: 7, durability: "stored", ref: 1 },
  {
    t: "event",
    mailbox: GROUP,
    seq: 7,
    prev: 3,
    at: 1,
    event: {
      type: "GroupChanged",
      by: "alice",
      cause: 5,
      of: 6,
      change: { do: "leave", user: "bob", successor: "carol" },
    },
  },
  { t: "caughtUp", mailbox: "alice", seq: 7 },
  { t: "follows", mailboxes: [{ mailbox: GROUP, epoch: "e", seq: 6, head: 7, generation: 1 }] },
  { t: "unfollows", mailbox: GROUP, upTo: 7 },
  { t: "resync", mailbox: "alice", epoch: "e", seq: 7, reason: "epoch" },
  { t: "presence", user: "bob", online: false, lastSeen: 5 },
  { t: "typing", peer: "bob" },
  { t: "typing", peer: GROUP, user: "bob" },
  { t: "reply", view: "chats", seq: 7, result: { chats: [chat], more: false }, ref: "x" },
  { t: "reply", view: "history", seq: 7, result: { messages: [message, rich], more: true } },
  { t: "reply", view: "status", seq: 7, result: { ...status, readAt: 5 } },
  { t: "reply", view: "sessions", seq: 7, result: { sessions: [session] } },
  {
    t: "reply",
    view: "keyed",
    seq: 7,
    result: { sends: [{ seq: 7, cid: "c.1", key: "k", refused: "group.busy" }], more: false },
  },
  { t: "reply", view: "lastSeen", seq: 0, result: { users: [seen] } },
  { t: "error", code: "new.code", message: "no", retryable: false, field: "to", cid: "c.1" },
  { t: "pong", head: 7 },
  { t: "pong", heads: { [GROUP]: 7 } },
  { t: "pong" },
  { t: "goaway", withinMs: 12_000 },
  { t: "goaway" },
  { t: "stay" },
];
const copyOf = (frame: ServerFrame): ServerFrame => JSON.parse(JSON.stringify(frame));

describe("a client's own check of what the server says", () => {
  test.each(frames.map((frame) => [frame.t, frame] as const))("takes a frame %s", (_t, frame) => {
    expect(ServerFrameShape.safeParse(frame).error).toBeUndefined();
    expect(readServerFrame(JSON.stringify(frame))).toEqual(frame);
  });

  test("takes fields that are new", () =>
    expect(readServerFrame('{"t":"pong","head":7,"more":[]}')).toEqual({
      t: "pong",
      head: 7,
      more: [],
    }));

  test("ignores a type and a view that are new, and what is no frame", () => {
    const odd = ['{"t":"new"}', '{"t":"reply","view":"search","seq":1,"result":{}}', "", "[]"];
    for (const said of [...odd, "null", "7", "{"]) expect(readServerFrame(said)).toBeUndefined();
  });

  test("takes no frame with a field of another type or without one that it needs, where the schema does not", () => {
    const wrong = fc.constantFrom<unknown>(undefined, null, "x", -1, 1.5, {}, [], [null], true);
    fc.assert(
      fc.property(fc.constantFrom(...frames), fc.nat(), wrong, (frame, at, value) => {
        const broken = copyOf(frame) as unknown as Record<string, unknown>;
        const inner = (broken["result"] ?? broken) as Record<string, unknown>;
        const names = Object.keys(inner);
        const name = names[at % names.length] ?? "";
        if (value === undefined) delete inner[name];
        else inner[name] = value;
        const taken = readServerFrame(JSON.stringify(broken)) !== undefined;
        // The schema looks further: into patterns, words and events. Anything that it takes is taken.
        if (ServerFrameShape.safeParse(broken).success) expect(taken).toBe(true);
        const kind = (each: unknown): string => (Array.isArray(each) ? "list" : typeof each);
        const before = (copyOf(frame) as unknown as Record<string, unknown>)["result"] ?? frame;
        const optional = [
          "ref",
          "id",
          "user",
          "heads",
          "lastSeen",
          "field",
          "cid",
          "readAt",
          "event",
          "head",
          "withinMs",
        ];
        if (!optional.includes(name) && kind((before as never)[name]) !== kind(value))
          expect(taken).toBe(false);
      }),
    );
  });
});
