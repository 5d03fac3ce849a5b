import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { silent } from "../support/silent.ts";

const INFO = { server_id: "spec", version: "2.15.1", max_payload: 1_048_576, headers: true };

/** A broker that does no more than to greet. */
async function greeter(): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.write(`INFO ${JSON.stringify(INFO)}\r\n`);
    socket.on("data", (data) => {
      if (data.includes("PING")) socket.write("PONG\r\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("an error of a write that comes when the connection has been closed ends nothing", async () => {
  const { nc } = await connect({ url: await greeter() }, "spec", silent);
  const { socket } = (nc as unknown as { protocol: { transport: { socket: Socket } } }).protocol
    .transport;
  // As the library itself does when the broker has ended its half.
  socket.end();
  nc.publish("late");
  // Behind the write, and before its error.
  queueMicrotask(() => void nc.close());
  while (!socket.closed) await turn();
  expect(socket.errored).toMatchObject({ code: "ERR_STREAM_WRITE_AFTER_END" });
  expect(socket.listenerCount("error"), "who hears it").toBe(1);
});
