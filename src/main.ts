import { accessSync, constants, mkdirSync } from "node:fs";
import type { Server } from "node:http";
import { pathToFileURL } from "node:url";
import { readConfig } from "./config/config.ts";
import { logTo } from "./log.ts";
import { assertFree, startGateway } from "./roles/gateway.ts";
import { giveBackWhenQuiet } from "./host/memory.ts";
import { openNats, undoAll, type Undo } from "./host/broker.ts";
import { startHost } from "./host/thread.ts";
import { StartError } from "./start-error.ts";

/** A running Posthorn. */
export interface App {
  /** Where it listens, `http://host:port`. */
  readonly url: string;
  /** Drains in reverse: sockets, actors, views, broker. */
  stop(): Promise<void>;
  /** Rejects when a part has failed for good. */
  readonly done: Promise<void>;
}

/**
 * Runs gateway, actors and projections in this process.
 * @param env the settings (config.ts).
 * @throws StartError with one sentence for the operator.
 */
export async function run(env: Readonly<Record<string, string | undefined>>): Promise<App> {
  const settings = readConfig(env);
  const log = logTo(settings.LOG_LEVEL);
  const undo: Undo = [];
  const stop = (): Promise<void> => undoAll(undo, log);
  try {
    await assertFree(settings);
    assertWritable(settings.DATA_DIR);
    giveBackWhenQuiet(undo, log);
    const nats = await openNats(settings, undo, log, "posthorn-gateway");
    const { done } = await startHost(settings, undo);
    const server = await startGateway(settings, nats, undo, log);
    done.catch((error: unknown) => log.fatal({ error }, "actors and views have failed"));
    return { url: urlOf(server, settings.HOST), stop, done };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @throws StartError before anything is started for nothing. */
function assertWritable(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
    accessSync(dir, constants.W_OK);
  } catch (error) {
    throw new StartError(
      `DATA_DIR cannot be written: ${error instanceof Error ? error.message : dir}`,
    );
  }
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** `node dist/main.js`: runs until a signal or a failure. */
async function main(): Promise<void> {
  const app = await run(process.env);
  process.stdout.write(`Posthorn runs at ${app.url}\n`);
  const signal = new Promise<void>((stopped) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopped());
  });
  await Promise.race([signal, app.done]);
  await app.stop();
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof StartError ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}
