import { createServer, type Server } from "node:http";
import type { Settings } from "../config/settings.ts";
import { StartError } from "../start-error.ts";

/** An address to listen on, and the setting that names its port. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly setting: "PORT" | "ADMIN_PORT";
}

/** The setting of the address beside it. */
const HOSTS = { PORT: "HOST", ADMIN_PORT: "ADMIN_HOST" } as const;

/** The port of the clients. */
export const clientsPort = ({ HOST, PORT }: Settings): Listening => ({
  host: HOST,
  port: PORT,
  setting: "PORT",
});

/** The port of whoever runs the server; undefined: there is none. */
export const adminPort = ({ ADMIN_HOST, ADMIN_PORT }: Settings): Listening | undefined =>
  ADMIN_PORT === undefined
    ? undefined
    : { host: ADMIN_HOST, port: ADMIN_PORT, setting: "ADMIN_PORT" };

/** Opens a port. @throws StartError when it is taken or cannot be opened. */
export function openPort(server: Server, { host, port, setting }: Listening): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => {
      const why =
        error.code === "EADDRINUSE"
          ? `is in use; set ${setting} to another`
          : `cannot be opened (${error.message}): ${HOSTS[setting]} names the address`;
      reject(new StartError(`port ${port} on ${host} ${why}`));
    };
    server.once("error", refuse);
    server.listen(port, host, () => {
      server.off("error", refuse);
      resolve();
    });
  });
}

/** Says early and clearly that a port is taken, before anything else is started. @throws StartError */
export async function assertFree(ports: readonly Listening[]): Promise<void> {
  const probes: Server[] = [];
  try {
    for (const port of ports) {
      const probe = createServer();
      await openPort(probe, port);
      probes.push(probe);
    }
  } finally {
    await Promise.all(probes.map((probe) => new Promise((closed) => probe.close(closed))));
  }
}

/** The port that a listening server has been given. */
export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
