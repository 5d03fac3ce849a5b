import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../scripts/dev/port.mjs";
import { startBroker, type Broker } from "./broker.ts";
import { program } from "./program.ts";

/** The real all-in-one process beside a real nats-server. */
export interface App {
  /** `http://127.0.0.1:<port>`; stays the same over `kill` and `restart`. */
  readonly url: string;
  readonly wsUrl: string;
  readonly pid: number;
  readonly broker: Broker;
  /** DATA_DIR of the process. */
  readonly dir: string;
  /** Everything the process has logged. */
  readonly log: () => string;
  /** A development token. */
  token(user: string): Promise<string>;
  /** SIGKILL; data stays. Returns when the process is gone. */
  kill(): Promise<void>;
  /** Starts again on the same port and data. */
  restart(): Promise<void>;
  /** Starts again if a test that failed has left it ended: the next one begins as any other. */
  revive(): Promise<void>;
  /** SIGTERM; resolves with the exit code, data stays. */
  terminate(): Promise<number | null>;
  /** Resolves with the exit code once the process has ended by itself. */
  ended(): Promise<number | null>;
  /** Kills the process, ends the broker and removes the data. How a server ends by itself is what `terminate` shows. */
  stop(): Promise<void>;
}

/**
 * Starts nats-server and Posthorn (dist/main.js: build first). `env`: settings, see config/settings.ts. `files`:
 * how many files the process may have open (`ulimit -n`). `store`: it is told where its broker keeps
 * the streams. `sync`: when that one flushes.
 */
export async function startApp(
  env: Record<string, string> = {},
  {
    files,
    store = false,
    sync = "1s",
  }: { files?: number; store?: boolean; sync?: "1s" | "always" } = {},
): Promise<App> {
  const broker = await startBroker({ sync });
  const dir = await mkdtemp(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "app-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const own = program(
    {
      PORT: String(port),
      DATA_DIR: dir,
      AUTH: "dev",
      // More than the default: what crosses partitions is tested too.
      PARTITIONS: "4",
      LOG_LEVEL: "info",
      NATS_URL: broker.url,
      NATS_MONITOR_URL: broker.monitorUrl,
      ...(store && { NATS_STORE_DIR: join(broker.dir, "store") }),
      ...env,
    },
    files,
  );
  const { start, ended } = own;
  await start();
  return {
    url,
    wsUrl: `ws://127.0.0.1:${port}/v1/ws`,
    get pid() {
      return own.pid;
    },
    broker,
    dir,
    log: own.log,
    token: (user) => developmentToken(url, user),
    kill: async () => void (await ended("SIGKILL")),
    restart: start,
    revive: async () => {
      if (!own.runs) await start();
    },
    terminate: () => ended("SIGTERM"),
    ended: () => ended(),
    stop: async () => {
      await ended("SIGKILL");
      await broker.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A development token of the server at `url`. */
export async function developmentToken(url: string, user: string): Promise<string> {
  const response = await fetch(`${url}/v1/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user }),
  });
  return ((await response.json()) as { token: string }).token;
}
