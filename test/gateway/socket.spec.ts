import type { Socket as Tcp } from "node:net";
import { expect, test } from "vitest";
import type { Shared } from "../../src/gateway/session/shared.ts";
import { Socket } from "../../src/gateway/socket/socket.ts";
import type { Wire } from "../../src/gateway/socket/wire.ts";
import { silent } from "../projections/support.ts";

/** A socket whose session is being stored, for as long as a test wants. */
function opening() {
  const sent: { t: string; code?: string }[] = [];
  const closed: number[] = [];
  const ws = {
    bufferedAmount: 0,
    tellTo: () => undefined,
    send: (text: string) => void sent.push(JSON.parse(text) as (typeof sent)[number]),
    ping: () => void sent.push({ t: "(ping)" }),
    close: (code: number) => void closed.push(code),
    once: () => undefined,
    terminate: () => undefined,
  };
  const shared = {
    limits: { helloMs: 10_000, heartbeatMs: 25_000, queueBytes: 1_000_000 },
    now: () => 1_000_000,
    log: silent,
    sessions: new Map(),
    verify: () => Promise.resolve({ user: "alice", expiresAt: Infinity }),
    people: { enter: () => undefined, leave: () => undefined },
    greeted: () => undefined,
    world: {
      gatewayId: "gw-1",
      epochOf: () => "e",
      state: () => new Promise<number>(() => undefined),
    },
  };
  const tcp = { writableCorked: 1 };
  const socket = new Socket(ws as unknown as Wire, tcp as Tcp, shared as unknown as Shared, "here");
  const say = (frame: object): void => socket.message(Buffer.from(JSON.stringify(frame)), false);
  return { socket, say, sent, closed };
}

test("who speaks between hello and welcome is sent away, also while the session is being stored", async () => {
  const { socket, say, sent, closed } = opening();
  say({ t: "hello", token: "x", deviceId: "d" });
  while (socket.session === undefined) await Promise.resolve();
  say({ t: "ping" });
  expect(sent).toMatchObject([{ t: "error", code: "op.out_of_order" }]);
  expect(closed).toEqual([4501]);
});

test("who is not welcome yet is asked for a sign of life, and told of nothing", async () => {
  const { socket, say, sent } = opening();
  say({ t: "hello", token: "x", deviceId: "d" });
  while (socket.session === undefined) await Promise.resolve();
  socket.beat(1_000_000);
  socket.signal('{"t":"typing","peer":"bob"}');
  expect(sent).toEqual([{ t: "(ping)" }]);
});
