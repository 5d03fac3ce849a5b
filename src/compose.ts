import { accessSync, constants } from "node:fs";
import type { Logger } from "pino";
import { misspeltIn, readConfig, type Env } from "./config/config.ts";
import type { Role } from "./config/roles.ts";
import { ofOtherRoles } from "./config/meanings.ts";
import type { Settings } from "./config/settings.ts";
import type { Host } from "./events/owner.ts";
import { makeFolder } from "./folder.ts";
import { openBroker, type Broker } from "./host/broker.ts";
import { authoritiesOf, connectInTime } from "./host/connectas.ts";
import { Condition } from "./host/condition.ts";
import { DataLock } from "./host/datalock.ts";
import { endProcess } from "./host/end.ts";
import { openBoard, readingsOf } from "./host/instruments.ts";
import { hostIn } from "./host/hostid.ts";
import { Quiet } from "./host/memory.ts";
import type { Instruments } from "./host/meter.ts";
import { adminPort, assertFree, clientsPort } from "./host/port.ts";
import { LocalRouting, nearest } from "./host/routing.ts";
import { demandRights } from "./host/demandrights.ts";
import { Scope } from "./host/scope.ts";
import { ViewsThread } from "./host/thread.ts";
import { ownVersion } from "./host/version.ts";
import { logTo } from "./log.ts";
import { Durabilities } from "./nats/durability.ts";
import { assertUnmirrored } from "./nats/mirrors.ts";
import { patiently } from "./nats/silence.ts";
import { MailboxLog } from "./nats/read/log.ts";
import { remoteRouting } from "./nats/routing.ts";
import { Numbers } from "./protocol/internal/routes.ts";
import { Actors } from "./roles/actors.ts";
import { StandingBy } from "./roles/bystander.ts";
import { Gateway } from "./roles/gateway.ts";
import { watchLeaders } from "./roles/leaderwatch.ts";
import { StartError } from "./start-error.ts";

/** A running Posthorn. */
export interface App {
  /** The roles that it runs. */
  readonly roles: readonly Role[];
  /** The address at which clients find it, `http://host:port`, or `https:` with TLS_CERT; absent: it has no gateway. */
  readonly url?: string;
  /** Drains in reverse: sockets, actors, views, broker. */
  stop(): Promise<void>;
  /** Rejects when a part has failed for good. */
  readonly done: Promise<void>;
  /** Ends the process, behind `stop`: `process.exit` waits for ever for a thread that is stuck. */
  exit(code: number): void;
}

/**
 * Runs the roles of the settings in this process.
 * @param env the settings (config/settings.ts).
 * @throws StartError with one sentence for the operator.
 */
export async function compose(env: Env): Promise<App> {
  const settings = readConfig(env);
  const log = logTo(settings.LOG_LEVEL);
  const scope = new Scope(log);
  const { POSTHORN_ROLES: roles, HOST, PORT, AUTH } = settings;
  const isGateway = roles.has("gateway");
  const { pid, version: node } = process;
  const door = isGateway && { host: HOST, port: PORT, auth: AUTH };
  log.info({ version: ownVersion(), node, pid, roles: [...roles], ...door }, "starting");
  for (const { name, meant } of misspeltIn(env))
    log.warn({ setting: name, didYouMean: meant }, "unknown setting");
  const unused = ofOtherRoles(env, roles);
  if (unused.length > 0) log.info({ settings: unused }, "settings of other roles are not used");
  try {
    const admin = adminPort(settings);
    await assertFree([
      ...(isGateway ? [clientsPort(settings)] : []),
      ...(admin === undefined ? [] : [admin]),
    ]);
    // The views are what two processes must not have in common.
    if (!roles.has("projections")) return await begin(settings, scope, log);
    const { lost } = await holdFolder(settings, scope, log);
    const app = await Promise.race([begin(settings, scope, log), lost]);
    return { ...app, done: Promise.race([app.done, lost]) };
  } catch (error) {
    await scope.stop();
    throw error;
  }
}

/** Keeps other servers off the folder. Returns what rejects when another has taken it. @throws StartError */
async function holdFolder(
  { DATA_DIR }: Settings,
  scope: Scope,
  log: Logger,
): Promise<{ readonly lost: Promise<never> }> {
  assertWritable(DATA_DIR);
  const { lost } = await scope.start(new DataLock(DATA_DIR, log));
  lost.catch((error: unknown) => {
    log.fatal({ error }, "another server has taken the data folder");
    // A drain would write into a folder that is the other's by now.
    scope.abandon();
  });
  return { lost };
}

/** Sockets and actors in this thread, the views in one of their own (docs/adr/0011), as far as they are asked for (docs/adr/0037). */
async function begin(settings: Settings, scope: Scope, log: Logger): Promise<App> {
  const since = performance.now();
  const condition = new Condition();
  await scope.start(new Quiet(log));
  const { meter, admin } = await openBoard(settings, condition.now, scope, log);
  await demandRights(settings, log);
  const broker = await openBroker(settings, "posthorn", scope, log);
  const { link, topology } = broker;
  await patiently(link, log, () => assertUnmirrored(link.nc, topology.partitions));
  meter.line("main", link);
  condition.demand("broker", link.connected);
  const self = await introduce(settings, broker, scope, log);
  const parts = { settings, self, broker, condition, meter, log };
  const views = await startViews(parts, scope);
  // Views that cannot be kept end a start that waits for the broker, too.
  const refused = new Promise<never>((_, refuse) => void views?.ready.catch(refuse));
  const messages = startMessages(parts, scope);
  const { actors, gateway, durability } = await Promise.race([messages, refused]);
  if (views !== undefined) condition.demand("started", () => views.wasReady);
  meter.read(readingsOf({ gateway, actors, views }, broker));
  condition.begun();
  const over = outdated([topology.owners.dealtAnew, views?.outdated], scope, log);
  await Promise.race([views?.ready, over]);
  const done = actors?.done ?? new Promise<void>(() => undefined);
  done.catch((error: unknown) => log.fatal({ error }, "a part has failed for good"));
  const scheme = settings.TLS_CERT === undefined ? "http" : "https";
  const url = gateway && { url: urlOf(settings.HOST, gateway.port, scheme) };
  const at = admin && { metrics: `${urlOf(settings.ADMIN_HOST, admin.port)}/metrics` };
  log.info(
    { ...url, ...at, durability: durability?.now, ms: Math.round(performance.now() - since) },
    "ready",
  );
  return {
    roles: [...settings.POSTHORN_ROLES],
    ...url,
    stop: () => {
      condition.ending();
      return end(scope, log);
    },
    done: Promise.race([done, over]),
    exit: (code) => endProcess(code, views?.stuck ?? false),
  };
}

/** Rejects when the slots were dealt anew. A drain would go on by where things were before: the process ends as it is. */
function outdated(
  signs: readonly (Promise<never> | undefined)[],
  scope: Scope,
  log: Logger,
): Promise<never> {
  const sign = Promise.race(signs.filter((each) => each !== undefined));
  sign.catch((error: unknown) => {
    log.fatal({ error }, "the slots were dealt anew: this process has to start again");
    scope.abandon();
  });
  return sign;
}

/** The name of this process to the others, which hear of it: of one with actors by their beats. */
async function introduce(
  { POSTHORN_ROLES: roles, DATA_DIR }: Settings,
  { link }: Broker,
  scope: Scope,
  log: Logger,
): Promise<Host> {
  // The folder is this process's alone where it has the views.
  const self = hostIn(roles.has("projections") ? DATA_DIR : undefined);
  if (!roles.has("actors")) await scope.start(new StandingBy(self, link, log));
  return self;
}

/** Parts that every role has. */
interface Parts {
  readonly settings: Settings;
  /** This process, in this start of it. */
  readonly self: Host;
  readonly broker: Broker;
  readonly condition: Condition;
  readonly meter: Instruments;
  readonly log: Logger;
}

/** The role "projections", if it is asked for. */
async function startViews(
  { settings, self, condition, log }: Parts,
  scope: Scope,
): Promise<ViewsThread | undefined> {
  if (!settings.POSTHORN_ROLES.has("projections")) return undefined;
  const views = await scope.start(new ViewsThread({ settings, self }, log));
  condition.doWithout("views", () => views.degraded);
  condition.doWithout("viewReplicas", () => views.isShort);
  condition.doWithout("viewRows", () => views.differing > 0);
  return views;
}

/** The roles that messages pass, "actors" and "gateway", as far as they are asked for: routes between them are calls. */
async function startMessages(parts: Parts, scope: Scope) {
  const { settings, self, broker, meter, log } = parts;
  const { POSTHORN_ROLES: roles, NATS_MONITOR_URL } = settings;
  if (!roles.has("actors") && !roles.has("gateway")) return {};
  const { link, topology } = broker;
  const reads = await connectInTime(settings, "posthorn-reads", scope, log);
  meter.line("reads", reads);
  const mailboxes = () => scope.start(new MailboxLog(reads, topology));
  const numbers = new Numbers(self.incarnation);
  const routing = nearest(new LocalRouting(numbers, log), remoteRouting(link, numbers, log));
  const { jsm, partitions } = topology;
  const authorities = authoritiesOf(settings, log);
  const promises = { link, jsm, partitions, monitors: NATS_MONITOR_URL, authorities, log };
  const durability = await scope.start(new Durabilities(promises));
  const more = { ...parts, routing, durability };
  const gateway = roles.has("gateway")
    ? new Gateway({ ...more, mailboxes: await mailboxes() })
    : undefined;
  await gateway?.prepare();
  const actors = roles.has("actors")
    ? await scope.start(new Actors({ ...more, mailboxes: await mailboxes() }))
    : undefined;
  if (actors !== undefined) await watchLeaders(broker, actors, scope, log);
  if (gateway !== undefined) await scope.start(gateway);
  return { actors, gateway, durability };
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
    makeFolder(dir);
    accessSync(dir, constants.W_OK);
  } catch (error) {
    throw new StartError(
      `DATA_DIR cannot be written: ${error instanceof Error ? error.message : dir}`,
    );
  }
}

const urlOf = (host: string, port: number, scheme = "http"): string =>
  `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
