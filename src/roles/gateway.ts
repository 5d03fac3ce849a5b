import { existsSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import type { Logger } from "pino";
import { originsOf } from "../config/config.ts";
import type { Settings } from "../config/settings.ts";
import { httpLimitsOf, limitsOf, toldOf } from "../config/limits.ts";
import { Gateway as Sockets } from "../gateway/gateway.ts";
import { httpServer } from "../gateway/http/http.ts";
import { Proxies } from "../gateway/http/proxies.ts";
import type { WebFolder } from "../gateway/http/webfolder.ts";
import type { Meter, Verify, World } from "../gateway/ports.ts";
import type { Broker } from "../host/broker.ts";
import type { Condition } from "../host/condition.ts";
import { leaveFiles } from "../host/files.ts";
import { identities } from "../host/identity.ts";
import { clientsPort, openPort, portOf } from "../host/port.ts";
import { ownCertificate } from "../host/owncertificate.ts";
import { Scope, type Part } from "../host/scope.ts";
import { StoreFolder } from "../host/storefolder.ts";
import { gathersIn, type Durabilities } from "../nats/durability.ts";
import { isAnyAlive } from "../nats/kv/alive.ts";
import { RENEW_MS, Registration } from "../nats/kv/registration.ts";
import { Publisher } from "../nats/publish/publisher.ts";
import type { MailboxLog } from "../nats/read/log.ts";
import { BrokerTime } from "../nats/time.ts";
import type { Routing } from "../protocol/internal/routes.ts";
import { gatewayWorld } from "./gatewayworld.ts";

/** ms of a clock that nobody sets: a session's times are durations. */
const monotonic = (): number => performance.now();

/** The parts of the role. */
export interface GatewayParts {
  readonly settings: Settings;
  readonly broker: Broker;
  readonly mailboxes: MailboxLog;
  readonly routing: Routing;
  readonly durability: Pick<Durabilities, "now">;
  /** How the process is, of which this role is a part. */
  readonly condition: Condition;
  readonly meter: Meter;
  readonly log: Logger;
}

/** The role "gateway": opens the port, and carries between devices and mailboxes. */
export class Gateway implements Part {
  readonly #parts: GatewayParts;
  readonly #scope: Scope;
  /** The folder in which the broker keeps the streams, if that is on this machine and known. */
  #store: StoreFolder | undefined;
  #server: Server | undefined;
  #sockets: Sockets | undefined;
  #publisher: Publisher | undefined;

  constructor(parts: GatewayParts) {
    this.#parts = { ...parts, log: parts.log.child({ part: "gateway" }) };
    this.#scope = new Scope(this.#parts.log);
  }

  /** The port that it listens on; 0 before it does. */
  get port(): number {
    return this.#server === undefined ? 0 : portOf(this.#server);
  }

  /** Open sockets, the sessions among them, and publishes that are not acknowledged yet. */
  get counts(): { readonly sockets: number; readonly sessions: number; readonly waiting: number } {
    const { size: sockets = 0, sessions = 0 } = this.#sockets ?? {};
    return { sockets, sessions, waiting: this.#publisher?.size ?? 0 };
  }

  /** Looks at what does not need the port, before the process claims anything. @throws StartError where NATS_STORE_DIR is not the broker's. */
  async prepare(): Promise<void> {
    const { settings, broker, log } = this.#parts;
    const { NATS_STORE_DIR: dir } = settings;
    if (dir === undefined) return;
    const store = new StoreFolder(dir, broker.topology.epochs.keys(), log);
    this.#store = await this.#scope.start(store);
  }

  /** Opens the port, behind `prepare`. @throws StartError when the port is taken or the broker stores nothing. */
  async start(): Promise<void> {
    const { settings, broker, durability, condition, log } = this.#parts;
    const { link, topology } = broker;
    // The last to end: its goodbye comes behind the ends of the sessions.
    const registration = await this.#scope.start(new Registration(link, log));
    const publisher = await this.#scope.start(
      new Publisher(link, log, topology.destinationAt, gathersIn(durability.now)),
    );
    this.#publisher = publisher;
    const { verify, issue } = await identities(settings, this.#scope, log);
    const store = this.#store;
    const time = await this.#scope.start(new BrokerTime(link, log));
    const world = gatewayWorld(this.#parts, { registration, publisher, time, store });
    const sockets = this.#hold(world, verify);
    this.#sockets = sockets;
    registration.onLost(() => void sockets.lost());
    // One stream that is away makes nobody unready, nor does the registry's, if there is a session: the others' users are served.
    condition.demand("log", () => !sockets.hasLostLog);
    if (store !== undefined) condition.demand("store", () => !store.gone);
    const isOf = (k: number) => (user: string) => topology.partitionOf(user) === k;
    this.#scope.defer(topology.owners.onGeneration((k) => sockets.beginAnew(isOf(k))));
    const origins = new Set<string>();
    const server = httpServer({
      gateway: sockets,
      origins,
      trustedProxies: new Proxies(settings.TRUSTED_PROXIES),
      limits: httpLimitsOf(settings),
      certificate: await ownCertificate(settings, this.#scope, log),
      health: () => {
        const now = condition.now();
        return { ...now, ready: now.ready && !sockets.draining };
      },
      issue: issue === undefined ? undefined : (user) => issue(user, Date.now()),
      web: webOf(settings),
    });
    this.#server = server;
    leaveFiles(server, log);
    const elsewhere = () => hasOthers(broker, registration.id);
    this.#scope.defer(() => shut(server, () => sockets.drain(settings.DRAIN_MS, elsewhere)));
    sockets.start();
    await openPort(server, clientsPort(settings));
    for (const origin of originsOf(settings, this.port)) origins.add(origin);
  }

  /** Lets its clients move elsewhere, and stores what is under way. */
  stop(): Promise<void> {
    return this.#scope.stop();
  }

  #hold(world: World, verify: Verify): Sockets {
    const { settings, meter, log } = this.#parts;
    const limits = limitsOf(settings);
    const told = toldOf(limits);
    const clocks = { now: monotonic, wall: Date.now };
    return new Sockets({ world, limits, told, verify, ...clocks, meter, log });
  }
}

/** Lets everybody go, then closes the port. */
async function shut(server: Server, drain: () => Promise<void>): Promise<void> {
  await drain();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
}

/** Another gateway that lives renews its word within this … */
const OTHERS_MS = RENEW_MS + 500;
/** … and the registry answers within this, or there is nobody to ask. */
const REGISTRY_MS = OTHERS_MS + 1_000;

/** Is there another gateway to which clients can go? False where nobody says so: then nobody is waited for. */
async function hasOthers({ link, topology }: Broker, gatewayId?: string): Promise<boolean> {
  if (!link.connected()) return false;
  const others = isAnyAlive(topology.jsm, gatewayId, OTHERS_MS).catch(() => false);
  const silence = new Promise<false>((done) => setTimeout(done, REGISTRY_MS, false).unref());
  return Promise.race([others, silence]);
}

/** The folder of the page, if there is one. */
function webOf({ WEB_DIR, WEB_CSP, WEB_FALLBACK, WEB_IMMUTABLE }: Settings): WebFolder | undefined {
  const dir = WEB_DIR ?? join(import.meta.dirname, "../web");
  if (!existsSync(join(dir, "index.html"))) return undefined;
  return { dir, csp: WEB_CSP, fallback: WEB_FALLBACK, immutable: WEB_IMMUTABLE };
}
