import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Conf } from "../../scripts/broker/conf.mjs";
import { launch, type Server } from "../../scripts/broker/launch.mjs";
import { binary } from "../../scripts/broker/binary.mjs";
import { freePort } from "../../scripts/dev/port.mjs";

/** A real nats-server with JetStream that belongs to one spec. */
export interface Broker {
  /** Stays the same over `kill` and `restart`. */
  readonly url: string;
  readonly monitorUrl: string;
  readonly dir: string;
  /** Of the server that runs now, or ran last. */
  readonly pid: number;
  /** SIGKILL; the store stays. Returns when the process is gone. */
  kill(): Promise<void>;
  /** Starts again on the same port and store; ends the running one first. */
  restart(): Promise<void>;
  /** Ends the server; removes the store, if it was made for this broker. */
  stop(): Promise<void>;
}

type Options = Partial<Conf> & { conf?: string };

/**
 * Starts a nats-server on a free loopback port, in about 0.1 s.
 * `dir`: a folder to keep the store in; without it a temporary one. `conf`: a configuration to use
 * instead of the usual one; it names its own store and ports, and `ports_file_dir` must be `dir`.
 */
export async function startBroker(options: Options = {}): Promise<Broker> {
  const dir =
    options.dir ?? (await mkdtemp(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "broker-")));
  const path = await binary();
  const ports = { port: await freePort(), monitorPort: await freePort() };
  const given = { ...ports, ...options, dir };
  let server: Server = await launch(path, given);
  // A configuration of one's own names its own.
  const { port, monitorPort } = server;
  return {
    url: `nats://127.0.0.1:${port}`,
    monitorUrl: `http://127.0.0.1:${monitorPort}`,
    dir,
    get pid() {
      return server.pid;
    },
    kill: () => server.stop("SIGKILL"),
    restart: async () => {
      await server.stop();
      server = await launch(path, given);
    },
    stop: async () => {
      await server.stop();
      if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}
