import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Logger } from "pino";
import { Partition } from "./actors/partition.ts";
import { originsOf, readConfig, type Settings } from "./config.ts";
import { Query } from "./events/views.ts";
import { CODE_POINTS_MAX, FRAME_BYTES_MAX } from "./events/frames.ts";
import { developmentAuth, jwtVerifier, type JwtSettings } from "./gateway/auth.ts";
import { Gateway } from "./gateway/gateway.ts";
import { httpServer } from "./gateway/http.ts";
import type { GatewayLimits } from "./gateway/limits.ts";
import { logTo } from "./log.ts";
import { connect, type Link } from "./nats/connection.ts";
import { core } from "./nats/core.ts";
import { readDurability } from "./nats/durability.ts";
import { checkpoints, registerGateway, snapshots, watchGateways } from "./nats/kv.ts";
import { Lanes } from "./nats/lanes.ts";
import { MailboxLog } from "./nats/log.ts";
import { Publisher } from "./nats/publisher.ts";
import { source } from "./nats/reader.ts";
import { ACTIVITY_STREAM, mailboxStream, partitionOf } from "./nats/subjects.ts";
import { ensureTopology } from "./nats/topology.ts";
import { startProjections } from "./projections/projections.ts";
import { StartError } from "./start-error.ts";
import { actorWorld, gatewayWorld, type Nats } from "./wiring.ts";

/** A running Posthorn. */
export interface App {
  /** Where it listens, `http://host:port`. */
  readonly url: string;
  /** Drains in reverse: sockets, actors, views, broker. */
  stop(): Promise<void>;
  /** Rejects when a part has failed for good. */
  readonly done: Promise<void>;
}

const SETTLE_MS = 5_000;

/**
 * Runs gateway, actors and projections in this process.
 * @param env the settings (config.ts).
 * @throws StartError with one sentence for the operator.
 */
export async function run(env: Readonly<Record<string, string | undefined>>): Promise<App> {
  const settings = readConfig(env);
  const log = logTo(settings.LOG_LEVEL);
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const undone of undo.splice(0).reverse()) await undone();
  };
  try {
    await assertFree(settings);
    const nats = await openNats(settings, undo, log);
    const sources = [...Array(nats.topology.partitions).keys()].map((p) =>
      source(nats.link, nats.topology, mailboxStream(p), log),
    );
    const views = await startViews(settings, nats, sources, undo, log);
    const partitions = await startActors(settings, nats, sources, undo, log);
    const server = await startGateway(settings, nats, undo, log);
    const done = Promise.all([views.done, ...partitions.map((partition) => partition.done)]).then(
      () => undefined,
    );
    done.catch(() => undefined);
    return { url: urlOf(server, settings.HOST), stop, done };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openNats(
  settings: Settings,
  undo: (() => Promise<void>)[],
  log: Logger,
): Promise<Nats> {
  const broker = {
    url: settings.NATS_URL,
    user: settings.NATS_USER,
    password: settings.NATS_PASSWORD,
    token: settings.NATS_TOKEN,
    creds: settings.NATS_CREDS,
  };
  const open = async (name: string): Promise<Link> => {
    const link = await connect(broker, name, log);
    undo.push(() => link.drain());
    return link;
  };
  const link = await open("posthorn");
  const reads = await open("posthorn-reads");
  const topology = await ensureTopology(reads.nc, {
    partitions: settings.PARTITIONS,
    replicas: settings.REPLICAS,
  });
  const publisher = new Publisher(link, log);
  undo.push(() => publisher.settle(link.connected() ? SETTLE_MS : 0));
  return {
    link,
    topology,
    publisher,
    mailboxes: new MailboxLog(reads, topology),
    core: core(link, topology, log),
    checkpoints: checkpoints(topology, publisher),
    snapshots: snapshots(topology, publisher),
  };
}

async function startViews(
  settings: Settings,
  nats: Nats,
  mailboxes: ReturnType<typeof source>[],
  undo: (() => Promise<void>)[],
  log: Logger,
) {
  const views = await startProjections({
    sources: [...mailboxes, source(nats.link, nats.topology, ACTIVITY_STREAM, log)],
    dir: join(settings.DATA_DIR, "views"),
    mailboxOf: (owner) => mailboxStream(partitionOf(owner, nats.topology.partitions)),
    now: Date.now,
    onlineMs: settings.ONLINE_MS,
    log: log.child({ part: "projections" }),
  });
  undo.push(() => views.stop());
  const off = nats.core.onQuery(async (text) => {
    const query = Query.safeParse(JSON.parse(text));
    return JSON.stringify(query.success ? await views.answer(query.data) : { error: "internal" });
  });
  undo.push(async () => off());
  await views.ready;
  return views;
}

async function startActors(
  settings: Settings,
  nats: Nats,
  sources: ReturnType<typeof source>[],
  undo: (() => Promise<void>)[],
  log: Logger,
): Promise<Partition[]> {
  const actorLog = log.child({ part: "actors" });
  const gateways = await watchGateways(nats.topology, actorLog);
  undo.push(async () => gateways.stop());
  const lanes = new Lanes(nats.publisher, actorLog, true);
  const limits = {
    actorsMax: Math.ceil(settings.ACTORS_MAX / sources.length),
    idleMs: settings.ACTOR_IDLE_MS,
  };
  const partitions = sources.map((stream, p) => {
    const world = actorWorld(nats, p, {
      source: stream,
      lanes,
      isLive: gateways.isLive,
      log: actorLog,
    });
    return new Partition(world, limits, Date.now, actorLog);
  });
  undo.push(async () => {
    await Promise.all(partitions.map((partition) => partition.stop()));
    lanes.close();
    await lanes.settle(nats.link.connected() ? SETTLE_MS : 0);
    if (nats.link.connected()) await Promise.all(partitions.map((partition) => partition.settle()));
  });
  await Promise.all(partitions.map((partition) => partition.start()));
  return partitions;
}

async function startGateway(
  settings: Settings,
  nats: Nats,
  undo: (() => Promise<void>)[],
  log: Logger,
): Promise<Server> {
  const gatewayId = `gw-${randomBytes(9).toString("base64url")}`;
  const durability = await readDurability(nats.topology.replicas, settings.NATS_MONITOR_URL, log);
  const lanes = new Lanes(nats.publisher, log, false);
  const world = gatewayWorld(nats, { gatewayId, durability, lanes });
  const limits = limitsOf(settings);
  const auth = authOf(settings, log);
  const now = Date.now;
  const told = {
    frameBytes: FRAME_BYTES_MAX,
    codePoints: CODE_POINTS_MAX,
    sendsPerSecond: limits.sendsPerSecond,
    sendsBurst: limits.sendsBurst,
    framesPerSecond: limits.framesPerSecond,
    typingPerSecond: limits.typingPerSecond,
    watches: limits.watches,
    heartbeatMs: limits.heartbeatMs,
    idleMs: limits.idleMs,
    onlineMs: limits.onlineMs,
  };
  const gateway = new Gateway({
    world,
    limits,
    told,
    verify: auth.verify,
    now,
    log: log.child({ part: "gateway" }),
  });
  const registered = await registerGateway(nats.link, gatewayId, () => gateway.lost(), log);
  undo.push(() => registered.stop());
  const origins = new Set<string>();
  const web = settings.WEB_DIR ?? join(import.meta.dirname, "web");
  const server = httpServer({
    gateway,
    origins,
    trustedProxies: new Set(settings.TRUSTED_PROXIES),
    checks: { broker: nats.link.connected },
    issue: "issue" in auth ? (user) => auth.issue(user, now()) : undefined,
    web: existsSync(join(web, "index.html")) ? web : undefined,
  });
  undo.push(async () => {
    await gateway.drain();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  await listen(server, settings);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : settings.PORT;
  for (const origin of originsOf(settings, port)) origins.add(origin);
  return server;
}

const limitsOf = (settings: Settings): GatewayLimits => ({
  sendsPerSecond: settings.SENDS_PER_SECOND,
  sendsBurst: settings.SENDS_BURST,
  framesPerSecond: settings.FRAMES_PER_SECOND,
  framesBurst: settings.FRAMES_BURST,
  typingPerSecond: 1,
  hellosPerSecond: settings.HELLOS_PER_SECOND,
  hellosBurst: settings.HELLOS_BURST,
  socketsPerUser: settings.SOCKETS_PER_USER,
  greetingPerAddress: settings.GREETING_PER_ADDRESS,
  watches: settings.WATCHES_PER_SESSION,
  pendingSends: 100,
  queueBytes: settings.QUEUE_BYTES,
  resumeEntries: settings.RESUME_ENTRIES,
  helloMs: settings.HELLO_MS,
  heartbeatMs: settings.HEARTBEAT_MS,
  idleMs: settings.IDLE_MS,
  onlineMs: settings.ONLINE_MS,
});

function authOf(settings: Settings, log: Logger) {
  if (settings.AUTH === "dev") return developmentAuth(developmentSecret(settings.DATA_DIR), log);
  const keys: JwtSettings["keys"] =
    settings.JWT_JWKS_URL === undefined
      ? { secret: new TextEncoder().encode(settings.JWT_SECRET) }
      : { jwksUrl: new URL(settings.JWT_JWKS_URL) };
  const verify = jwtVerifier(
    {
      issuer: settings.JWT_ISSUER ?? "",
      audience: settings.JWT_AUDIENCE ?? "",
      algorithms: settings.JWT_ALGORITHMS,
      typ: settings.JWT_TYP,
      keys,
    },
    log,
  );
  return { verify };
}

/** Kept beside the data, so that a restart does not throw everybody out. */
function developmentSecret(dir: string): Uint8Array {
  const path = join(dir, "development.key");
  try {
    mkdirSync(dir, { recursive: true });
    if (!existsSync(path)) writeFileSync(path, randomBytes(32), { mode: 0o600, flag: "wx" });
    return readFileSync(path);
  } catch (error) {
    throw new StartError(
      `DATA_DIR cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Says early and clearly that the port is taken, before anything else is started. */
async function assertFree(settings: Settings): Promise<void> {
  const probe = createServer();
  await listen(probe, settings);
  await new Promise((closed) => probe.close(closed));
}

function listen(server: Server, { HOST, PORT }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE"
          ? "is in use; set PORT to another"
          : `cannot be opened (${error.message})`;
      reject(new StartError(`port ${PORT} on ${HOST} ${why}`));
    });
    server.listen(PORT, HOST, resolve);
  });
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
