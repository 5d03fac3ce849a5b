import { expect, test } from "vitest";
import type { ConnectionState } from "../../src/client/api.ts";
import { Inbox } from "../../src/client/mailbox/inbox.ts";
import type { ServerFrame } from "../../src/protocol/frames/frame.ts";
import { modelServer, pass } from "./devices.ts";

modelServer();

/** A reader, and all that it was handed. */
function reading(state: ConnectionState) {
  const link = { state };
  const read: (number | string)[] = [];
  const reader = {
    take: (frame: ServerFrame) => void read.push("seq" in frame ? frame.seq : frame.t),
    stop: (refusal?: string) => void read.push(`stopped ${refusal}`),
  };
  return { link, read, inbox: new Inbox(reader, link) };
}
const event = (seq: number): ServerFrame =>
  ({ t: "event", mailbox: "me", seq, prev: seq - 1, at: 1, event: {} }) as never;
const many = (from: number, upTo: number): number[] =>
  Array.from({ length: upTo - from + 1 }, (_, n) => from + n);

test("while a device catches up, its events are handed on together, a moment of them", async () => {
  const { read, inbox } = reading("connecting");
  inbox.take(event(1));
  await pass(15);
  inbox.take(event(2));
  expect(read).toEqual([]);
  await pass(1);
  expect(read).toEqual([1, 2]);
  inbox.take(event(3));
  await pass(16);
  expect(read).toEqual([1, 2, 3]);
});

test("no more than 500 events are kept back", () => {
  const { read, inbox } = reading("connecting");
  for (const seq of many(1, 499)) inbox.take(event(seq));
  expect(read).toEqual([]);
  inbox.take(event(500));
  expect(read).toEqual(many(1, 500));
  inbox.take(event(501));
  expect(read).toHaveLength(500);
});

test("whatever else comes, it comes behind the events before it, and so does the end of the socket", () => {
  const { read, inbox } = reading("connecting");
  inbox.take(event(1));
  inbox.take({ t: "pong" } as never);
  inbox.take(event(2));
  inbox.lost("limit.sockets");
  expect(read).toEqual([1, "pong", 2, "stopped limit.sockets"]);
});

test("a device that is online is handed each event at once, behind those that were kept back", () => {
  const { link, read, inbox } = reading("connecting");
  inbox.take(event(1));
  link.state = "online";
  inbox.take(event(2));
  inbox.take(event(3));
  expect(read).toEqual([1, 2, 3]);
});
