import { relay } from "../support/relay.ts";

/** A way to a broker whose connections can be stopped without ending: nobody is told of it. */
export async function holdable(broker: string): Promise<{ readonly url: string; hold(): void }> {
  const { url, sockets } = await relay(broker, (near, far) => near.pipe(far).pipe(near));
  return {
    url,
    hold: () => {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
  };
}
