import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openSocket } from "../../src/client/connection/socket.ts";
import { PlayedSocket } from "./playedsocket.ts";

/** The browser's own class. */
class Native extends PlayedSocket {}

let asks = 0;
beforeEach(() => {
  asks = 0;
  vi.stubGlobal("WebSocket", Native);
  vi.stubGlobal("fetch", async () => {
    asks++;
    return Response.json({ type: "urn:posthorn:x", code: "draining" });
  });
});
afterEach(() => void vi.unstubAllGlobals());

/** A socket of that class, and what is heard of it. */
function opened(kind: typeof PlayedSocket) {
  const heard: unknown[] = [];
  const socket = openSocket("ws://host/v1/ws", kind, {
    opened: () => heard.push("opened"),
    frame: ({ t }) => heard.push(t),
    ignored: () => heard.push("ignored"),
    closed: (code, why) => heard.push([code, why]),
  });
  return { socket, wire: PlayedSocket.last, heard };
}

test("a socket hands on frames, and says of all else that it was left out", () => {
  const { wire, heard, socket } = opened(PlayedSocket);
  wire.onopen?.();
  const pong = JSON.stringify({ t: "pong", head: 1 });
  for (const data of [pong, "{", "{}", '{"t":"new"}', 7, new ArrayBuffer(4), Buffer.from(pong)])
    wire.onmessage?.({ data });
  expect(heard).toEqual(["opened", "pong", ...Array<string>(6).fill("ignored")]);
  socket.send({ t: "ping" });
  expect(wire.sent).toEqual(['{"t":"ping"}']);
});

test("a socket ends with the server's reason, else with the last error's, else with none", () => {
  const ends = [
    ["draining", "draining"],
    ["", "ECONNREFUSED"],
  ].map(([reason = "", why]) => {
    const { wire, heard } = opened(PlayedSocket);
    wire.onerror?.({ message: "ECONNREFUSED" });
    wire.onclose?.({ code: 4400, reason });
    return [heard, [[4400, why]]];
  });
  const plain = opened(PlayedSocket);
  plain.wire.onerror?.();
  plain.wire.onclose?.({ code: 1006, reason: "" });
  for (const [heard, expected] of [...ends, [plain.heard, [[1006, ""]]]])
    expect(heard).toEqual(expected);
  expect(asks).toBe(0);
});

test("a browser's socket that was never open is asked why, and one that was is not", async () => {
  const [open, never] = [opened(Native), opened(Native)];
  open.wire.onopen?.();
  for (const { wire } of [open, never]) wire.onclose?.({ code: 1006, reason: "" });
  await expect.poll(() => never.heard).toEqual([[1006, "draining"]]);
  expect([open.heard, asks]).toEqual([["opened", [1006, ""]], 1]);
});

test("a socket that was hung up says nothing any more, whatever comes, and whatever is being asked", async () => {
  const { socket, wire, heard } = opened(Native);
  const late = opened(Native);
  late.wire.onclose?.({ code: 1006, reason: "" });
  late.socket.hangUp();
  const before = asks;
  socket.hangUp();
  wire.onopen?.();
  wire.onmessage?.({ data: '{"t":"pong"}' });
  wire.onerror?.({ message: "closed before it was open" });
  wire.onclose?.({ code: 1006, reason: "" });
  // Its answer comes behind that of the one before.
  const other = opened(Native);
  other.wire.onclose?.({ code: 1006, reason: "" });
  await expect.poll(() => other.heard).toHaveLength(1);
  expect([heard, late.heard, wire.closes, asks]).toEqual([[], [], 1, before + 1]);
  // A class that has nobody to tell of an error throws it.
  expect(wire.onerror).toBeTypeOf("function");
});
