import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { dial, HUNG_UP } from "../../src/nats/transport.ts";

/** A server that greets, or does not, and an attempt to connect to it. */
async function attempt(greet: (socket: Socket) => void) {
  const server = createServer(greet).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const taken = once(server, "connection") as Promise<[Socket]>;
  const { port } = server.address() as AddressInfo;
  return { taken, connected: dial({ servers: `127.0.0.1:${port}`, timeout: 100 }) };
}
const GREETING = 'INFO {"server_id":"X","version":"2.15.0","headers":true,"proto":1}\r\n';

test("an attempt to connect to a server that says nothing leaves no connection behind", async () => {
  const { taken, connected } = await attempt(() => undefined);
  await expect(connected).rejects.toThrow("timeout");
  const [socket] = await taken;
  await once(socket.resume(), "close");
});

test("a server that hangs up behind its greeting is told from one that is silent behind it", async () => {
  const gone = await attempt((socket) => socket.end(GREETING));
  await expect(gone.connected).rejects.toThrow(HUNG_UP);
  const silent = await attempt((socket) => void socket.write(GREETING));
  await expect(silent.connected).rejects.toThrow("timeout");
});
