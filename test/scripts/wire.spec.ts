import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { WHOLE, Wire } from "../../scripts/cluster/wire.mjs";
import { soon } from "../support/soon.ts";

/** Somebody who listens, with a wire before him; until the spec is over. */
async function wired() {
  const heard: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", (text) => heard.push(String(text)));
    socket.write("hello ");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const wire = await Wire.lay((server.address() as { port: number }).port);
  onTestFinished(() => {
    wire.remove();
    server.close();
  });
  return { wire, heard, sockets };
}

/** Somebody who calls, with what is heard there. */
async function call(port: number) {
  let heard = "";
  let ended = false;
  const socket = connect(port, "127.0.0.1");
  socket.on("data", (text) => (heard += String(text)));
  socket.on("error", () => socket.destroy());
  socket.on("close", () => (ended = true));
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return { socket, heard: () => heard, ended: () => ended };
}

test("a wire passes on what both say, and the end of one to the other", async () => {
  const { wire, heard, sockets } = await wired();
  const caller = await call(wire.port);
  caller.socket.write("one");
  await soon(() => expect([heard.join(""), caller.heard()]).toEqual(["one", "hello "]));
  sockets[0]?.end("bye");
  caller.socket.end();
  await soon(() => expect(caller.ended()).toBe(true));
  expect(caller.heard()).toBe("hello bye");
  await soon(() => expect(wire.connections).toBe(0));
});

test("a wire that is closed ends what is open and whatever comes, until it is whole again", async () => {
  const { wire, sockets } = await wired();
  const caller = await call(wire.port);
  await soon(() => expect(caller.heard()).toBe("hello "));
  wire.damage({ ...WHOLE, closed: true });
  await soon(() => expect([caller.ended(), sockets[0]?.destroyed]).toEqual([true, true]));
  const second = await call(wire.port);
  await soon(() => expect(second.ended()).toBe(true));
  expect(sockets).toHaveLength(1);
  wire.damage(WHOLE);
  const third = await call(wire.port);
  await soon(() => expect(third.heard()).toBe("hello "));
});

test("a wire that loses what goes one way says nothing of it, passes the other way on, and loses no byte once it is whole", async () => {
  const { wire, heard, sockets } = await wired();
  const caller = await call(wire.port);
  caller.socket.write("1");
  await soon(() => expect([heard.join(""), caller.heard()]).toEqual(["1", "hello "]));
  wire.damage({ ...WHOLE, there: true });
  caller.socket.write("2");
  sockets[0]?.write("back");
  await soon(() => expect(caller.heard()).toBe("hello back"));
  // The end goes the way that is lost, too: nobody hears of it.
  caller.socket.end("3");
  // Not dialled: nothing would come of it.
  const later = await call(wire.port);
  sockets[0]?.write(".");
  await soon(() => expect(caller.heard()).toBe("hello back."));
  expect([heard.join(""), sockets.length, sockets[0]?.readableEnded]).toEqual(["1", 1, false]);
  wire.damage(WHOLE);
  await soon(() => expect([heard.join(""), later.heard()]).toEqual(["123", "hello "]));
  await soon(() => expect(sockets[0]?.readableEnded).toBe(true));
});

test("one who has gone while nothing came through is gone for the other once the wire is whole", async () => {
  const { wire, sockets } = await wired();
  const caller = await call(wire.port);
  await soon(() => expect(caller.heard()).toBe("hello "));
  wire.damage({ ...WHOLE, there: true, back: true });
  caller.socket.resetAndDestroy();
  sockets[0]?.write("is somebody there?");
  await soon(() => expect(caller.ended()).toBe(true));
  expect(sockets[0]?.destroyed).toBe(false);
  wire.damage(WHOLE);
  await soon(() => expect(sockets[0]?.destroyed).toBe(true));
});

test("a wire that is late passes on all of it in its order, also what comes once it is whole", async () => {
  const { wire, heard } = await wired();
  const caller = await call(wire.port);
  caller.socket.write("1");
  await soon(() => expect([heard.join(""), caller.heard()]).toEqual(["1", "hello "]));
  wire.damage({ ...WHOLE, lateMs: 100 });
  const began = performance.now();
  for (const text of ["2", "3", "4"]) await new Promise((go) => caller.socket.write(text, go));
  await soon(() => expect(heard.join("")).not.toBe("1"));
  // A timer of Node's may be early by a millisecond.
  expect(performance.now() - began).toBeGreaterThanOrEqual(99);
  wire.damage(WHOLE);
  caller.socket.end("5");
  await soon(() => expect(heard.join("")).toBe("12345"));
});
