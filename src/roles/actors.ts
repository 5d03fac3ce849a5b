import type { Logger } from "pino";
import { Beats, type Headway } from "../actors/beats.ts";
import { Deaths } from "../actors/deaths.ts";
import { Roster } from "../actors/ownership/roster.ts";
import { ParkingRoom } from "../actors/parking.ts";
import { LIVE, LOADING, Turns } from "../actors/turns.ts";
import type { Settings } from "../config/settings.ts";
import type { Host } from "../events/owner.ts";
import { positionAt } from "../events/position.ts";
import { RULES } from "../events/since.ts";
import type { Broker } from "../host/broker.ts";
import type { Condition } from "../host/condition.ts";
import type { Instruments } from "../host/meter.ts";
import { Scope, type Part } from "../host/scope.ts";
import { worked } from "../host/worked.ts";
import { ownVersion } from "../host/version.ts";
import { gathersIn, type Durabilities } from "../nats/durability.ts";
import { hosts, type Hosts } from "../nats/hosts.ts";
import { GatewayRegistry } from "../nats/kv/gateways.ts";
import { records } from "../nats/kv/records.ts";
import { patiently } from "../nats/silence.ts";
import { admission } from "../nats/publish/admission.ts";
import { Publisher } from "../nats/publish/publisher.ts";
import type { MailboxLog } from "../nats/read/log.ts";
import { streamLog } from "../nats/read/streamlog.ts";
import { mailboxStream } from "../nats/subjects.ts";
import type { Moved, Routing } from "../protocol/internal/routes.ts";
import { Holdings } from "./holdings.ts";
import { Raiser } from "./raiser.ts";
import { Tenure } from "./tenure.ts";
import { worldOf } from "./world.ts";

/** A host says so often that it lives. */
const BEAT_MS = 500;
/** Behind a word that somebody wants to store of a stream it is looked at: soon, and once more where replicas are slow. */
const HINTS_MS = [15, 150] as const;

/** The parts of the role. */
export interface ActorsParts {
  readonly settings: Settings;
  readonly broker: Broker;
  readonly mailboxes: MailboxLog;
  /** This host, in this start of it. */
  readonly self: Host;
  readonly routing: Routing;
  readonly durability: Pick<Durabilities, "now">;
  /** How the process is, of which this role is a part. */
  readonly condition: Condition;
  readonly meter: Instruments;
  readonly log: Logger;
}

/**
 * The role "actors": runs the actors of the streams that this host owns, and watches over the others. Any number of
 * hosts may run it on the same streams.
 */
export class Actors implements Part {
  readonly #parts: ActorsParts;
  readonly #scope: Scope;
  readonly #hosts: Hosts;
  readonly #roster: Roster;
  #publisher: Publisher | undefined;
  #holdings: Holdings | undefined;
  #draining = false;
  #beats = 0;

  constructor(parts: ActorsParts) {
    const log = parts.log.child({ part: "actors" });
    this.#parts = { ...parts, log };
    this.#scope = new Scope(log);
    this.#hosts = hosts(parts.broker.link, log);
    this.#roster = new Roster(parts.self, performance.now());
  }

  /** Begins each stream that is this host's, or nobody's, at its checkpoint. @throws StartError when the broker says nothing for a minute. */
  async start(): Promise<void> {
    const { broker, durability, routing, condition, log } = this.#parts;
    const { link, topology } = broker;
    condition.demand("actors", () => this.#tenures.every((each) => each?.trouble === undefined));
    condition.doWithout("streams", () => this.#holdings?.setbacks.isStuck ?? false);
    const publisher = await this.#scope.start(
      new Publisher(link, log, topology.destinationAt, gathersIn(durability.now)),
    );
    this.#publisher = publisher;
    const registry = await this.#scope.start(new GatewayRegistry(link));
    const clock = { now: () => performance.now(), log };
    const deaths = await this.#scope.start(new Deaths(registry, clock));
    const holdings = this.#hold(publisher, (gatewayId) => deaths.has(gatewayId));
    this.#holdings = holdings;
    this.#listen(holdings);
    this.#scope.defer(() => this.#leave(holdings));
    await holdings.start();
    const raiser = new Raiser({ ...this.#raising(), tenures: () => this.#tenures, log });
    const timer = setInterval(() => this.#tick(holdings, raiser), BEAT_MS);
    this.#scope.defer(() => clearInterval(timer));
    this.#beat();
    const near = (): string[] => [...routing.near(), ...deaths.living];
    const streams = () => (link.connected() ? this.#headway : undefined);
    const movedFor = (gatewayId: string): Moved[] =>
      this.#tenures.flatMap((tenure) => tenure?.movedFor(gatewayId) ?? []);
    await this.#scope.start(new Beats({ beat: routing.beat, gateways: near, streams, movedFor }));
  }

  /** Rejects when a stream cannot be run any more. */
  get done(): Promise<void> {
    return this.#holdings?.done ?? Promise.resolve();
  }

  /** The last entry taken of each stream that runs here. */
  get taken(): ReadonlyMap<string, number> {
    const seqs = new Map<string, number>();
    for (const [k, tenure] of this.#tenures.entries())
      if (tenure !== undefined) seqs.set(mailboxStream(k), tenure.seq);
    return seqs;
  }

  /** The claim by which stream `k` runs here; 0: it does not. */
  claimOf(k: number): number {
    return this.#tenures[k]?.claim ?? 0;
  }

  /** Is it this host that does what one of all hosts is to do? */
  get isFirst(): boolean {
    return !this.#draining && this.#roster.isFirst(performance.now());
  }

  /** Publishes that are not acknowledged yet. */
  get waiting(): number {
    return this.#publisher?.size ?? 0;
  }

  stop(): Promise<void> {
    return this.#scope.stop();
  }

  /** How far the routing of each stream has come that runs here. */
  get #headway(): Headway[] {
    return this.#tenures.flatMap((tenure, k) => {
      if (tenure === undefined) return [];
      const { routed: upTo, heard } = tenure;
      const { marks } = this.#parts.broker.topology.owners.of(k).owner;
      return [{ k, claim: positionAt(marks, tenure.claim), upTo, heard }];
    });
  }

  get #tenures(): readonly (Tenure | undefined)[] {
    return this.#holdings?.tenures ?? [];
  }

  #raising() {
    const { broker, settings, self } = this.#parts;
    const { link, topology } = broker;
    return {
      outlook: { self, rules: RULES, roster: this.#roster },
      logs: Array.from({ length: topology.partitions }, (_, k) => streamLog(k, link, topology)),
      settleMs: settings.UPGRADE_SETTLE_MS,
      now: () => performance.now(),
    };
  }

  #hold(publisher: Publisher, isDead: (gatewayId: string) => boolean): Holdings {
    const { broker, settings, self, log } = this.#parts;
    const { link, topology } = broker;
    const streams = Array.from({ length: topology.partitions }, (_, k) => ({
      log: streamLog(k, link, topology),
      records: records(k, topology, publisher, Date.now),
    }));
    const limits = {
      actorsMax: Math.ceil(settings.ACTORS_MAX / topology.partitions),
      idleMs: settings.ACTOR_IDLE_MS,
      socketsPerUser: settings.SOCKETS_PER_USER,
    };
    const now = (): number => performance.now();
    const turns = { live: new Turns(LIVE, worked), loading: new Turns(LOADING, worked) };
    const room = new ParkingRoom(settings.PARKED_MAX);
    const parts = { ...this.#parts, publisher, isDead };
    const admits = admission(topology, now);
    return new Holdings({
      self,
      roster: this.#roster,
      streams,
      begin: (run, taken) =>
        Tenure.begin(
          {
            ...run,
            publisher,
            admits,
            world: (keeper, lanes, stream) => worldOf(parts, { ...run, stream, keeper, lanes }),
            partition: { limits, turns, room, now },
            log,
          },
          taken,
        ),
      connected: link.connected,
      patiently: (attempt) => patiently(link, log, attempt),
      now,
      log,
    });
  }

  /** Hears other hosts, and what is said of the streams. */
  #listen(holdings: Holdings): void {
    const { owners } = this.#parts.broker.topology;
    const look = (k: number): void => holdings.lookAt(k, true);
    /** A flood of hints costs no more than one. */
    const hinted = new Set<number>();
    const hint = (k: number): void => {
      if (this.claimOf(k) > 0 || hinted.has(k)) return;
      hinted.add(k);
      for (const ms of HINTS_MS) setTimeout(() => look(k), ms).unref();
      setTimeout(() => hinted.delete(k), HINTS_MS[0]).unref();
    };
    const offs = [
      this.#hosts.onBeat((beat) => this.#roster.hear(beat, performance.now())),
      this.#hosts.onOwner(hint),
      owners.onGeneration(() => holdings.look()),
      this.#parts.broker.link.onReconnect(() => {
        for (const tenure of this.#tenures) tenure?.doubt();
      }),
    ];
    for (const off of offs) this.#scope.defer(off);
  }

  #tick(holdings: Holdings, raiser: Raiser): void {
    this.#roster.tick(performance.now(), this.#parts.broker.link.connected());
    this.#beat();
    holdings.look();
    raiser.look();
  }

  #beat(): void {
    const tenures = [...this.#tenures.entries()];
    this.#hosts.beat({
      ...this.#parts.self,
      n: this.#beats++,
      version: ownVersion(),
      rules: RULES,
      owned: tenures.flatMap(([k, tenure]) => (tenure === undefined ? [] : [[k, tenure.claim]])),
      load: tenures.reduce((sum, [, tenure]) => sum + (tenure?.load ?? 0), 0),
      draining: this.#draining,
    });
  }

  /** Says that nothing is to be handed to it, and hands over what it has. */
  async #leave(holdings: Holdings): Promise<void> {
    this.#draining = true;
    this.#beat();
    await holdings.stop();
  }
}
