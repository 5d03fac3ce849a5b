import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket as Tcp } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Heart } from "../../src/gateway/session/heart.ts";
import { ListenedSocket, SocketWire, type Listener } from "../../src/gateway/socket/wire.ts";
import { settled } from "./world.ts";

const KIB = 1024;

/** A real WebSocket over loopback: what the server sees of it, and the client. */
async function connected(listener?: Listener): Promise<{ wire: SocketWire; client: WebSocket }> {
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true, WebSocket: ListenedSocket });
  const wire = new Promise<SocketWire>((done) =>
    http.on("upgrade", (request, tcp, head) =>
      sockets.handleUpgrade(request, tcp, head, (ws) => {
        if (listener !== undefined) ws.tellTo(listener);
        done(new SocketWire(ws, tcp as Tcp));
      }),
    ),
  );
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong: false });
  await once(client, "open");
  onTestFinished(() => {
    client.terminate();
    http.closeAllConnections();
    http.close();
  });
  return { wire: await wire, client };
}

test("messages that are sent together come each for itself, in order and among those sent alone", async () => {
  const { wire, client } = await connected();
  const got: string[] = [];
  client.on("message", (data: Buffer) => got.push(data.toString("utf8")));
  // Lengths around those at which the head of a message grows, in bytes and not in characters.
  const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000].flatMap((length) => [
    "x".repeat(length),
    "é😀".repeat(Math.floor(length / 6)) + "x".repeat(length % 6),
  ]);
  wire.send("before");
  wire.sendAll(texts);
  wire.send("between");
  wire.sendAll(["last"]);
  while (got.length < texts.length + 3) await settled();
  expect(got).toEqual(["before", ...texts, "between", "last"]);
});

test("[D3] pings and pongs of a client are heard of, since they cost as much as a frame", async () => {
  const heard: string[] = [];
  const { client } = await connected({
    message: () => heard.push("message"),
    control: () => heard.push("control"),
    gone: () => undefined,
    failed: () => undefined,
  });
  client.ping();
  client.send("word");
  client.pong();
  while (heard.length < 3) await settled();
  expect(heard).toEqual(["control", "message", "control"]);
});

test("nothing is sent behind the word that closes a socket", async () => {
  const { wire, client } = await connected();
  const got: string[] = [];
  client.on("message", (data: Buffer) => got.push(data.toString("utf8")));
  const closed = once(client, "close");
  wire.sendAll(["a"]);
  wire.close(4000, "come back");
  wire.sendAll(["b"]);
  expect((await closed)[0]).toBe(4000);
  expect(got).toEqual(["a"]);
});

test("a peer that reads a large backlog gives a sign of life without a word, one that has stopped gives none", async () => {
  const { wire, client } = await connected();
  client.pause();
  const frame = "x".repeat(64 * KIB);
  while (wire.backlog < 8 * KIB * KIB) {
    wire.send(frame);
    await settled();
  }
  // The kernel has taken what it can.
  const heart = new Heart(0, 1);
  let { taken } = wire.traffic();
  for (let still = 0; still < 3;) {
    await settled();
    const next = wire.traffic().taken;
    still = next === taken ? still + 1 : 0;
    taken = next;
  }
  heart.look(wire.traffic(), 1);
  expect(heart.look(wire.traffic(), 2)).toBe(1);
  const { received } = wire.traffic();

  client.resume();
  while (wire.traffic().taken === taken) await settled();
  expect(heart.look(wire.traffic(), 3)).toBe(0);
  expect(wire.traffic().received).toBe(received);

  while (wire.backlog > 0) await settled();
  heart.look(wire.traffic(), 4);
  client.send("x");
  while (wire.traffic().received === received) await settled();
  expect(heart.look(wire.traffic(), 5)).toBe(0);
});
