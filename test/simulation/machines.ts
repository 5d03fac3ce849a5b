import type { StreamInfo } from "@nats-io/jetstream";
import type { Settings } from "../../src/config/settings.ts";
import { toldOf } from "../../src/config/limits.ts";
import { Owner } from "../../src/events/owner.ts";
import { Gateway as Sockets } from "../../src/gateway/gateway.ts";
import type { World } from "../../src/gateway/ports.ts";
import type { Listener, Wire } from "../../src/gateway/socket/wire.ts";
import { Condition } from "../../src/host/condition.ts";
import { unwatched } from "../../src/host/meter.ts";
import { Registration } from "../../src/nats/kv/registration.ts";
import type { Link } from "../../src/nats/connection.ts";
import { Owners } from "../../src/nats/owners.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { epochIn } from "../../src/nats/bundle/metadata.ts";
import { remoteRouting } from "../../src/nats/routing.ts";
import { SLOTS } from "../../src/events/limits.ts";
import { dealt, slotOf } from "../../src/nats/slots.ts";
import { mailboxStream, numberOf, ownerSubject } from "../../src/nats/subjects.ts";
import { BrokerTime } from "../../src/nats/time.ts";
import { assertFormat, type Topology } from "../../src/nats/topology.ts";
import { Numbers } from "../../src/protocol/internal/routes.ts";
import { Actors } from "../../src/roles/actors.ts";
import { gatewayWorld } from "../../src/roles/gatewayworld.ts";
import { limits } from "../gateway/allowed.ts";
import { silent } from "../support/silent.ts";
import { managerOf } from "./administration.ts";
import { STREAMS, streamAt, type Cluster } from "./cluster.ts";
import { Connection } from "./connection.ts";
import { Program } from "./time.ts";

/** Before a program that has ended by itself is started again. */
const AGAIN_MS = 1_000;
/** So often a device gives a sign of life. */
export const HEARTBEAT_MS = 3_000;
const GATEWAY_LIMITS = { ...limits, heartbeatMs: HEARTBEAT_MS };
const ACTORS = {
  ACTORS_MAX: 1_000,
  ACTOR_IDLE_MS: 5_000,
  PARKED_MAX: 32_768,
  SOCKETS_PER_USER: 100,
} as Settings;
const REPLICATED = { now: "replicated" } as const;
const clock = (): number => performance.now();

/** The number of the stream that has a user's mailbox. */
export const partitionOf = (owner: string): number => Math.floor((slotOf(owner) * STREAMS) / SLOTS);

/** The streams as a program knows them that has just begun. */
function topologyOf(cluster: Cluster, connection: Connection): Topology {
  const names = Array.from({ length: STREAMS }, (_, k) => mailboxStream(k));
  const said = names.map((name) => {
    const stream = cluster.stream(name);
    assertFormat({ config: { name, metadata: stream.metadata } } as StreamInfo);
    const { seq, data } = stream.lastOf(ownerSubject(numberOf(name)!), stream.end)!;
    return { seq, owner: Owner.parse(JSON.parse(data)) };
  });
  return {
    partitions: STREAMS,
    replicas: 3,
    epochs: new Map(names.map((name) => [name, epochIn(cluster.stream(name).metadata)])),
    rules: new Map(names.map((name) => [name, 1])),
    partitionOf,
    slotsOf: (k) => dealt(k, STREAMS),
    destinationAt: (subject) => ({ stream: streamAt(subject), gathers: false }),
    owners: new Owners(said),
    jsm: managerOf(connection) as unknown as Topology["jsm"],
  };
}

/** A machine: it has one program after another. */
export abstract class Machine {
  readonly name: string;
  program: Program;
  connections: Connection[] = [];
  protected readonly cluster: Cluster;
  protected starts = 0;

  constructor(name: string, cluster: Cluster) {
    this.name = name;
    this.cluster = cluster;
    this.program = new Program(name);
    this.program.is = "dead";
  }

  get runs(): boolean {
    return this.program.is === "running";
  }

  /** Does nothing stand between it and the broker? */
  get isFit(): boolean {
    const { now } = this.cluster.time;
    return (
      this.runs &&
      this.connections.every(
        ({ isOpen, stalledUntil, server }) =>
          isOpen && stalledUntil <= now && server !== this.cluster.isolated,
      )
    );
  }

  start(): void {
    const { time } = this.cluster;
    if (this.program.is !== "dead") return;
    this.starts++;
    this.program = new Program(this.name);
    this.connections = ["main", "reads"].map(
      (each) =>
        new Connection(
          this.program,
          this.cluster,
          `${this.name}${each}${this.starts}`,
          this.cluster.anyServer(),
        ),
    );
    const { program } = this;
    time.after(0, () => void this.run().catch(() => this.fail(program)), program);
  }

  kill(): void {
    this.cluster.time.kill(this.program);
    for (const each of this.connections) this.cluster.connections.delete(each);
  }

  protected abstract run(): Promise<void>;

  /** A program that cannot go on ends, and its supervisor begins another. */
  protected fail(program: Program): void {
    if (this.program !== program) return;
    this.kill();
    this.cluster.time.after(AGAIN_MS, () => this.start(), "world");
  }

  protected link(which: 0 | 1): Link {
    return this.connections[which]!.link as unknown as Link;
  }
}

/** A machine that runs the role "actors". */
export class HostMachine extends Machine {
  actors: Actors | undefined;
  /** It has a folder, in which its name outlives its programs. */
  readonly #keepsName: boolean;

  constructor(name: string, cluster: Cluster) {
    super(name, cluster);
    this.#keepsName = cluster.random() < 0.3;
  }

  protected async run(): Promise<void> {
    const { cluster, program } = this;
    const link = this.link(0);
    const topology = topologyOf(cluster, this.connections[0]!);
    const mailboxes = new MailboxLog(this.link(1), topology);
    mailboxes.start();
    const incarnation = `${this.name}-${this.starts}`;
    const self = { host: this.#keepsName ? this.name : incarnation, incarnation };
    this.actors = new Actors({
      settings: ACTORS,
      broker: { link, topology },
      mailboxes,
      self,
      routing: remoteRouting(link, new Numbers(incarnation), silent),
      durability: REPLICATED,
      condition: new Condition(),
      meter: unwatched,
      log: silent,
    });
    await this.actors.start();
    this.actors.done.catch(() => this.fail(program));
  }

  /** Hands over, and begins anew. */
  leave(): void {
    const { program, actors } = this;
    if (!this.runs || actors === undefined) return;
    this.cluster.time.after(0, () => void actors.stop().finally(() => this.fail(program)), program);
  }
}

/** A machine that runs the role "gateway". */
export class GatewayMachine extends Machine {
  sockets: Sockets | undefined;
  registration: Registration | undefined;
  readonly #wired: (world: World) => World;

  /** `wired`: its ports, as a negative control changes them. */
  constructor(name: string, cluster: Cluster, wired = (world: World): World => world) {
    super(name, cluster);
    this.#wired = wired;
  }

  /** Would a balancer send it new sockets? */
  get isReady(): boolean {
    const { registration, sockets } = this;
    const isLet = sockets !== undefined && !sockets.retreats && registration?.id !== undefined;
    return this.runs && isLet && this.connections[0]?.seemsOpen === true;
  }

  protected async run(): Promise<void> {
    const { cluster } = this;
    const link = this.link(0);
    const topology = topologyOf(cluster, this.connections[0]!);
    const mailboxes = new MailboxLog(this.link(1), topology);
    mailboxes.start();
    const registration = new Registration(link, silent, `${this.name}-${this.starts}`);
    const publisher = new Publisher(link, silent, topology.destinationAt);
    publisher.start();
    const time = new BrokerTime(link, silent);
    const parts = {
      broker: { link, topology },
      mailboxes,
      routing: remoteRouting(link, new Numbers(this.name), silent),
      durability: REPLICATED,
      log: silent,
    } as const;
    await registration.start();
    const own = { registration, publisher, time, store: undefined };
    const world = this.#wired(gatewayWorld(parts, own));
    const sockets = new Sockets({
      world,
      limits: GATEWAY_LIMITS,
      told: toldOf(GATEWAY_LIMITS),
      verify: async (token) => ({ user: token, expiresAt: Number.MAX_SAFE_INTEGER }),
      now: clock,
      wall: Date.now,
      meter: unwatched,
      log: silent,
    });
    registration.onLost(() => void sockets.lost());
    topology.owners.onGeneration((k) => sockets.beginAnew((user) => partitionOf(user) === k));
    sockets.start();
    this.registration = registration;
    this.sockets = sockets;
  }

  /** Takes a socket in; undefined: nobody is there. */
  enter(wire: Wire): Listener | undefined {
    return this.runs ? this.sockets?.enter(wire, this.name) : undefined;
  }

  override kill(): void {
    super.kill();
    this.sockets = undefined;
    this.registration = undefined;
  }
}
