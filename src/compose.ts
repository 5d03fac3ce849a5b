import { accessSync, constants, mkdirSync } from "node:fs";
import type { Logger } from "pino";
import { misspeltIn, readConfig } from "./config/config.ts";
import type { Settings } from "./config/settings.ts";
import { connectAs, openBroker } from "./host/broker.ts";
import { DataLock } from "./host/datalock.ts";
import { endProcess } from "./host/end.ts";
import { openBoard, readingsOf } from "./host/instruments.ts";
import { Quiet } from "./host/memory.ts";
import { adminPort, assertFree, clientsPort } from "./host/port.ts";
import { LocalRouting, nearest } from "./host/routing.ts";
import { Scope } from "./host/scope.ts";
import { ViewsThread } from "./host/thread.ts";
import { ownVersion } from "./host/version.ts";
import { logTo } from "./log.ts";
import { readDurability } from "./nats/durability.ts";
import { MailboxLog } from "./nats/read/log.ts";
import { remoteRouting } from "./nats/routing.ts";
import { Actors } from "./roles/actors.ts";
import { Gateway } from "./roles/gateway.ts";
import { StartError } from "./start-error.ts";

/** A running Posthorn. */
export interface App {
  /** The address at which it listens, `http://host:port`. */
  readonly url: string;
  /** Drains in reverse: sockets, actors, views, broker. */
  stop(): Promise<void>;
  /** Rejects when a part has failed for good. */
  readonly done: Promise<void>;
  /** Ends the process, behind `stop`: `process.exit` waits for ever for a thread that is stuck. */
  exit(code: number): void;
}

/**
 * Runs gateway, actors and projections in this process.
 * @param env the settings (config/settings.ts).
 * @throws StartError with one sentence for the operator.
 */
export async function compose(env: Readonly<Record<string, string | undefined>>): Promise<App> {
  const settings = readConfig(env);
  const log = logTo(settings.LOG_LEVEL);
  const scope = new Scope(log);
  const { HOST, PORT, AUTH } = settings;
  const { pid, version: node } = process;
  log.info({ version: ownVersion(), node, pid, host: HOST, port: PORT, auth: AUTH }, "starting");
  for (const { name, meant } of misspeltIn(env))
    log.warn({ setting: name, didYouMean: meant }, "unknown setting");
  try {
    const admin = adminPort(settings);
    await assertFree([clientsPort(settings), ...(admin === undefined ? [] : [admin])]);
    assertWritable(settings.DATA_DIR);
    const { lost } = await scope.start(new DataLock(settings.DATA_DIR, log));
    lost.catch((error: unknown) => {
      log.fatal({ error }, "another server has taken the data folder");
      // A drain would write into a folder that is the other's by now.
      scope.abandon();
    });
    const app = await Promise.race([begin(settings, scope, log), lost]);
    return { ...app, done: Promise.race([app.done, lost]) };
  } catch (error) {
    await scope.stop();
    throw error;
  }
}

/** Sockets and actors in this thread, the views in one of their own (docs/adr/0011). */
async function begin(settings: Settings, scope: Scope, log: Logger): Promise<App> {
  const since = performance.now();
  await scope.start(new Quiet(log));
  const { meter, admin } = await openBoard(settings, scope, log);
  const broker = await openBroker(settings, "posthorn", scope, log);
  const reads = await connectAs(settings, "posthorn-reads", scope, log);
  for (const [name, link] of Object.entries({ main: broker.link, reads })) meter.line(name, link);
  const mailboxes = () => scope.start(new MailboxLog(reads, broker.topology));
  const views = await scope.start(new ViewsThread(settings, log));
  const routing = nearest(new LocalRouting(log), remoteRouting(broker.link, log));
  const { replicas } = broker.topology;
  const durability = await readDurability(replicas, settings.NATS_MONITOR_URL, log);
  const parts = { settings, broker, routing, durability, meter, log };
  const actors = await scope.start(new Actors({ ...parts, mailboxes: await mailboxes() }));
  const gateway = await scope.start(
    new Gateway({ ...parts, mailboxes: await mailboxes(), views, actors }),
  );
  meter.read(readingsOf({ gateway, actors, views }, broker));
  await views.ready;
  const { done } = actors;
  done.catch((error: unknown) => log.fatal({ error }, "a part has failed for good"));
  const url = urlOf(settings.HOST, gateway.port);
  const metrics = admin && { metrics: `${urlOf(settings.ADMIN_HOST, admin.port)}/metrics` };
  log.info({ url, ...metrics, durability, ms: Math.round(performance.now() - since) }, "ready");
  return {
    url,
    stop: () => end(scope, log),
    done,
    exit: (code) => endProcess(code, views.stuck),
  };
}

/** Stops all, and says when it began and how long that took. */
async function end(scope: Scope, log: Logger): Promise<void> {
  const since = performance.now();
  log.info("stopping");
  await scope.stop();
  log.info({ ms: Math.round(performance.now() - since) }, "stopped");
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

const urlOf = (host: string, port: number): string =>
  `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
