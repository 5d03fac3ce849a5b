import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A way to a broker whose connections can be stopped without ending: nobody is told of it. */
export async function holdable(url: string): Promise<{ readonly url: string; hold(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((from) => {
    const to = connect(Number(new URL(url).port), "127.0.0.1");
    from.pipe(to).pipe(from);
    for (const socket of [from, to]) {
      sockets.push(socket);
      socket.on("error", () => socket.destroy());
      socket.once("close", () => {
        from.destroy();
        to.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `nats://127.0.0.1:${port}`,
    hold: () => {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
  };
}
