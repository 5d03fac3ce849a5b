import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { once } from "node:events";
import { connect } from "node:net";
import { CLOSE, frame, frameReader, PING, TEXT } from "../../bench/frames.mjs";
import { framed } from "../../src/gateway/socket/framing.ts";

/** Texts of each kind of length: in the second byte, in two bytes, in eight. */
const text = fc.oneof(
  fc.string({ maxLength: 130 }),
  fc.integer({ min: 0, max: 70_000 }).map((length) => "x".repeat(length)),
);

/** The frames that a reader is told of when a stream comes in pieces. */
function readIn(bytes: Buffer, pieces: readonly number[]): [opcode: number, start: string][] {
  const told: [number, string][] = [];
  const read = frameReader((opcode, start) => told.push([opcode, start]));
  let at = 0;
  for (const piece of pieces) {
    read(bytes.subarray(at, at + piece));
    at += piece;
  }
  read(bytes.subarray(at));
  return told;
}

describe("a load that only counts", () => {
  test("sees every frame once and how it begins, however the bytes are cut", () => {
    const pieces = fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), pieces, (texts, cuts) => {
        const starts = texts.map((one) => Buffer.from(one).subarray(0, 16).toString("latin1"));
        expect(readIn(framed(texts), cuts)).toEqual(starts.map((start) => [TEXT, start]));
      }),
    );
  });

  test("sees control frames between messages", () => {
    const bytes = Buffer.concat([framed(["one"]), Buffer.from([0x89, 0]), Buffer.from([0x88, 0])]);
    expect(readIn(bytes, [1, 1, 1])).toEqual([
      [TEXT, "one"],
      [PING, ""],
      [CLOSE, ""],
    ]);
  });

  test("writes frames that a WebSocket server takes for a client's", async () => {
    const server = new WebSocketServer({ port: 0 });
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const heard: string[] = [];
    const closed = new Promise<number>((resolve) =>
      server.on("connection", (socket: WebSocket) => {
        socket.on("message", (data: Buffer) => heard.push(data.toString()));
        socket.on("close", resolve);
      }),
    );
    const tcp = connect(port, "127.0.0.1");
    tcp.write(
      "GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    tcp.resume(); // or the end of the stream is never seen
    const texts = ["", "short", "ä".repeat(100), "x".repeat(65_535)];
    for (const one of texts) tcp.write(frame(TEXT, one));
    tcp.write(frame(CLOSE));
    await closed;
    expect(heard).toEqual(texts);
    tcp.destroy();
    server.close();
  });
});
