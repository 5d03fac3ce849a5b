import { createServer, type Server } from "node:http";
import type { Settings } from "../config/settings.ts";
import { StartError } from "../start-error.ts";

/** Opens the port that the settings name. @throws StartError when it is taken or cannot be opened. */
export function openPort(server: Server, { HOST, PORT }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => {
      const why =
        error.code === "EADDRINUSE"
          ? "is in use; set PORT to another"
          : `cannot be opened (${error.message})`;
      reject(new StartError(`port ${PORT} on ${HOST} ${why}`));
    };
    server.once("error", refuse);
    server.listen(PORT, HOST, () => {
      server.off("error", refuse);
      resolve();
    });
  });
}

/** Says early and clearly that the port is taken, before anything else is started. @throws StartError */
export async function assertFree(settings: Settings): Promise<void> {
  const probe = createServer();
  await openPort(probe, settings);
  await new Promise((closed) => probe.close(closed));
}

/** The port that a listening server has been given. */
export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
