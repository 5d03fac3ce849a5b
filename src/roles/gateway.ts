import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import type { Logger } from "pino";
import { originsOf, type Settings } from "../config/config.ts";
import {
  CODE_POINTS_MAX,
  FRAME_BYTES_MAX,
  type Durability,
  type Limits,
} from "../protocol/frames.ts";
import { developmentAuth, jwtVerifier, type JwtSettings } from "../gateway/auth/auth.ts";
import { Gateway } from "../gateway/gateway.ts";
import { httpServer } from "../gateway/http/http.ts";
import type { GatewayLimits } from "../gateway/session/limits.ts";
import type { World } from "../gateway/ports.ts";
import { readDurability } from "../nats/durability.ts";
import { registerGateway } from "../nats/kv/kv.ts";
import { Lanes } from "../nats/publish/lanes.ts";
import { factSubject, mailboxStream, placeIn } from "../nats/subjects.ts";
import { StartError } from "../start-error.ts";
import type { Nats, Undo } from "../host/broker.ts";

/** Opens the port. @throws StartError when it is taken. */
export async function startGateway(
  settings: Settings,
  nats: Nats,
  undo: Undo,
  log: Logger,
): Promise<Server> {
  const gatewayId = `gw-${randomBytes(9).toString("base64url")}`;
  const durability = await readDurability(nats.topology.replicas, settings.NATS_MONITOR_URL, log);
  const lanes = new Lanes(nats.publisher, log, "facts");
  const world = gatewayWorld(nats, { gatewayId, durability, lanes, log });
  const limits = limitsOf(settings);
  const auth = authOf(settings, log);
  const now = Date.now;
  const gateway = new Gateway({
    world,
    limits,
    told: toldOf(limits),
    verify: auth.verify,
    now,
    log: log.child({ part: "gateway" }),
  });
  const registered = await registerGateway(nats.link, gatewayId, () => gateway.lost(), log);
  undo.push(() => registered.stop());
  const origins = new Set<string>();
  const web = settings.WEB_DIR ?? join(import.meta.dirname, "../web");
  const server = httpServer({
    gateway,
    origins,
    trustedProxies: new Set(settings.TRUSTED_PROXIES),
    checks: {
      broker: nats.link.connected,
      log: () => registered.isFresh() && !nats.publisher.stuck,
    },
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

const toldOf = (limits: GatewayLimits): Limits => ({
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
});

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
export async function assertFree(settings: Settings): Promise<void> {
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

/** The ports of a gateway. */
function gatewayWorld(
  nats: Nats,
  parts: { gatewayId: string; durability: Durability; lanes: Lanes; log: Logger },
): World {
  const { topology, mailboxes, core, link } = nats;
  const place = placeIn(topology.partitions);
  return {
    gatewayId: parts.gatewayId,
    durability: parts.durability,
    epochOf: (user) => topology.epochs.get(mailboxStream(place(user)[0])) ?? "",
    state: (user, lane, fact, id) => parts.lanes.put(lane, factSubject(...place(user)), fact, id),
    receipt: (user, lane, fact) => {
      if (parts.lanes.takesUp(lane, fact)) return;
      parts.lanes
        .put(lane, factSubject(...place(user)), fact)
        .catch((error: unknown) => parts.log.warn({ error }, "receipt not stored"));
    },
    head: (user) => mailboxes.head(user),
    read: (user, after, upTo) => mailboxes.read(user, after, upTo),
    ask: core.ask,
    typing: core.typing,
    active: core.active,
    onActive: core.onActive,
    lastActive: core.lastActive,
    onRoute: (hear) => core.onRoute(parts.gatewayId, hear),
    onReconnect: link.onReconnect,
  };
}
