import type { Logger } from "pino";
import type { Keeper } from "../actors/generations/keeper.ts";
import { prepare, type Stream } from "../actors/generations/prepare.ts";
import { snapshots } from "../actors/generations/snapshots.ts";
import { Partition } from "../actors/partition.ts";
import type { World } from "../actors/ports.ts";
import { LOADING_UNITS, Turns } from "../actors/turns.ts";
import type { Settings } from "../config/settings.ts";
import type { Anchor } from "../events/record.ts";
import { RolledBackError } from "../events/source.ts";
import type { Broker } from "../host/broker.ts";
import { withCount, type Instruments } from "../host/meter.ts";
import { Scope, type Part } from "../host/scope.ts";
import { gathersIn } from "../nats/durability.ts";
import { LiveGateways } from "../nats/kv/gateways.ts";
import { records } from "../nats/kv/records.ts";
import { snapshotTexts } from "../nats/kv/snapshots.ts";
import { copies, deadLetters } from "../nats/publish/copies.ts";
import { Lanes } from "../nats/publish/lanes.ts";
import { Publisher } from "../nats/publish/publisher.ts";
import type { MailboxLog } from "../nats/read/log.ts";
import { source } from "../nats/read/sources.ts";
import { streamLog } from "../nats/read/streamlog.ts";
import { signalsOf } from "../nats/signals.ts";
import { mailboxStream } from "../nats/subjects.ts";
import type { Durability } from "../protocol/frames/send.ts";
import type { Routing } from "../protocol/internal/routes.ts";
import { StartError } from "../start-error.ts";
import { halt, keeperOf, launch, takenBy, type Running } from "./running.ts";

/** Said when it is noticed, at the start as well, and again with the generation that begins. */
const SHORTER = "the log came back shorter: a generation begins, and all is told again";
/** Time that the last copies and the last checkpoint may take at the end. */
const SETTLE_MS = 5_000;
/** The wait before the actors are started again where the broker did not answer. */
const RETRY_MS = 250;

/** The parts of the role. */
export interface ActorsParts {
  readonly settings: Settings;
  readonly broker: Broker;
  readonly mailboxes: MailboxLog;
  readonly routing: Routing;
  readonly durability: Durability;
  readonly meter: Instruments;
  readonly log: Logger;
}

/** The last entry taken of each stream. */
type Taken = readonly (Anchor | undefined)[];
type Begin = (taken?: Taken) => Promise<Running>;

/**
 * The role "actors": runs the actors of every partition. Where a stream has come back shorter it drops
 * everything that was read, has the stream begin a generation, and starts again (docs/adr/0018).
 */
export class Actors implements Part {
  readonly #parts: ActorsParts;
  readonly #scope: Scope;
  /** Turns of the loop, which all partitions share. */
  readonly #turns = { live: new Turns(), loading: new Turns(LOADING_UNITS) };
  #publisher: Publisher | undefined;
  #running: Running | undefined;
  #stopping = false;
  #done: Promise<void> = Promise.resolve();

  constructor(parts: ActorsParts) {
    this.#parts = { ...parts, log: parts.log.child({ part: "actors" }) };
    this.#scope = new Scope(this.#parts.log);
  }

  /** Begins each partition at its checkpoint. @throws Error when the broker does not answer. */
  async start(): Promise<void> {
    const { broker, durability, log } = this.#parts;
    const { link, topology } = broker;
    const publisher = await this.#scope.start(
      new Publisher(link, log, topology.destinationAt, gathersIn(durability)),
    );
    this.#publisher = publisher;
    const gateways = await this.#scope.start(new LiveGateways(topology, log));
    const streams = Array.from({ length: topology.partitions }, (_, k) => ({
      log: streamLog(k, link, topology),
      records: records(k, topology, publisher, Date.now),
    }));
    const begin = (taken: Taken = []): Promise<Running> =>
      this.#begin(streams, taken, publisher, (gatewayId) => gateways.has(gatewayId));
    this.#running = await begin();
    this.#scope.defer(() => this.#end());
    this.#done = this.#pursue(begin);
    // A failure is heard where the roles are put together; until then nobody listens.
    this.#done.catch(() => undefined);
  }

  /** Rejects when a partition cannot go on. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** The reason why some users' actors go no further; undefined: all is well. */
  get trouble(): string | undefined {
    return (this.#running?.partitions ?? []).find(({ trouble }) => trouble !== undefined)?.trouble;
  }

  /** The last entry taken of each stream. */
  get taken(): ReadonlyMap<string, number> {
    return takenBy(this.#running);
  }

  /** Publishes that are not acknowledged yet. */
  get waiting(): number {
    return this.#publisher?.size ?? 0;
  }

  stop(): Promise<void> {
    this.#stopping = true;
    return this.#scope.stop();
  }

  async #begin(
    streams: readonly Stream[],
    taken: Taken,
    publisher: Publisher,
    isLive: World["isLive"],
  ): Promise<Running> {
    const { broker, settings, log } = this.#parts;
    const lanes = new Lanes(publisher, log, "copies");
    const prepared = await prepare(streams, taken, (k, generation) =>
      log.error({ stream: mailboxStream(k), generation }, SHORTER),
    );
    const limits = {
      actorsMax: Math.ceil(settings.ACTORS_MAX / broker.topology.partitions),
      idleMs: settings.ACTOR_IDLE_MS,
    };
    const keepers = streams.map((stream, k) =>
      keeperOf(stream, prepared[k], () => broker.topology.owners.of(k).owner.marks),
    );
    const partitions = streams.map((stream, k) => {
      const keeper = keepers[k];
      if (keeper === undefined) throw new Error(`there is no stream ${k}`);
      const world = this.#world(k, stream, keeper, { publisher, lanes, isLive });
      return new Partition(world, {
        limits,
        turns: this.#turns,
        now: () => performance.now(),
        log,
      });
    });
    return launch({ partitions, keepers, lanes });
  }

  /** Waits for an end; a log that came back shorter is none. */
  async #pursue(begin: Begin): Promise<void> {
    while (this.#running !== undefined) {
      const { partitions, keepers } = this.#running;
      try {
        await Promise.race([
          Promise.all(partitions.map(({ done }) => done)),
          ...keepers.map(({ done }) => done),
        ]);
        return;
      } catch (error) {
        if (!(error instanceof RolledBackError) || this.#stopping) throw error;
        this.#parts.log.error({ reason: error.message }, SHORTER);
      }
      await halt(this.#running);
      this.#running = await this.#insist(
        begin,
        keepers.map(({ last }) => last),
      );
    }
  }

  async #insist(begin: Begin, taken: Taken): Promise<Running | undefined> {
    while (!this.#stopping) {
      try {
        return await begin(taken);
      } catch (error) {
        if (error instanceof StartError) throw error;
        this.#parts.log.warn({ error }, "actors not started again yet");
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
    return undefined;
  }

  /** Copies that are under way are stored, then the checkpoint behind them, while the broker is there. */
  async #end(): Promise<void> {
    const { link } = this.#parts.broker;
    if (this.#running === undefined) return;
    const { partitions, keepers, lanes } = this.#running;
    await Promise.all(partitions.map((partition) => partition.stop()));
    lanes.close();
    await lanes.settle(link.connected() ? SETTLE_MS : 0);
    if (link.connected()) await Promise.all(partitions.map((partition) => partition.settle()));
    for (const keeper of keepers) keeper.stop();
  }

  /** The ports of one partition's actors. */
  #world(
    k: number,
    stream: Stream,
    keeper: Keeper,
    parts: { publisher: Publisher; lanes: Lanes; isLive: World["isLive"] },
  ): World {
    const { broker, mailboxes, routing, meter, log } = this.#parts;
    const { link, topology } = broker;
    const { publisher, lanes, isLive } = parts;
    const { last, rules, follow } = source(link, topology, mailboxStream(k), "live", log);
    const put = copies(lanes, publisher, topology);
    return {
      source: { last, rules, follow: (after, take) => keeper.follow({ follow }, after, take) },
      read: (owner, after, upTo) => mailboxes.read(owner, after, upTo),
      ...put,
      copy: (to, copy) => {
        const into = topology.partitionOf(to);
        if (!keeper.owes(into, copy.cause)) return Promise.resolve();
        if (into === k) return put.copy(to, copy);
        return keeper.covered(copy.cause).then(() => put.copy(to, copy));
      },
      ...withCount(deadLetters(publisher, mailboxStream(k), log), meter),
      delivered: (sentAt) => meter.delivered(sentAt),
      ...signalsOf(topology.slotsOf(k), link, log),
      route: routing.route,
      isLive,
      snapshots: snapshots(
        snapshotTexts(topology, publisher),
        keeper,
        stream.log,
        () => topology.owners.of(k).owner.marks,
      ),
      checkpoint: { load: async () => keeper.begin, save: (seq) => keeper.save(seq) },
      onReconnect: (listener) => {
        const offs = [link.onReconnect(listener), link.onReconnect(() => void keeper.doubt())];
        return () => {
          for (const off of offs) off();
        };
      },
    };
  }
}
