import type { Logger } from "pino";
import { Partition } from "../actors/partition.ts";
import type { World } from "../actors/ports.ts";
import type { Settings } from "../config/config.ts";
import type { Broker } from "../host/broker.ts";
import { Scope, type Part } from "../host/scope.ts";
import { checkpoints, snapshots, watchGateways } from "../nats/kv/kv.ts";
import { copies, deadLetters } from "../nats/publish/copies.ts";
import { Lanes } from "../nats/publish/lanes.ts";
import { Publisher } from "../nats/publish/publisher.ts";
import type { MailboxLog } from "../nats/read/log.ts";
import { source } from "../nats/read/reader.ts";
import { signalsOf } from "../nats/signals.ts";
import { mailboxStream } from "../nats/subjects.ts";
import type { Routing } from "../protocol/internal/routes.ts";

/** What the last copies and the last checkpoint may take at the end. */
const SETTLE_MS = 5_000;

/** What the role is made of. */
export interface ActorsParts {
  readonly settings: Settings;
  readonly broker: Broker;
  readonly mailboxes: MailboxLog;
  readonly routing: Routing;
  readonly log: Logger;
}

/** The role "actors": runs the actors of every partition. */
export class Actors implements Part {
  readonly #parts: ActorsParts;
  readonly #scope: Scope;
  #partitions: Partition[] = [];

  constructor(parts: ActorsParts) {
    this.#parts = { ...parts, log: parts.log.child({ part: "actors" }) };
    this.#scope = new Scope(this.#parts.log);
  }

  /** Begins each partition at its checkpoint. @throws Error when the broker does not answer. */
  async start(): Promise<void> {
    const { broker, settings, log } = this.#parts;
    const { link, topology } = broker;
    const publisher = new Publisher(link, log);
    this.#scope.defer(() => publisher.settle(link.connected() ? SETTLE_MS : 0));
    const gateways = await watchGateways(topology, log);
    this.#scope.defer(() => gateways.stop());
    const lanes = new Lanes(publisher, log, "copies");
    const limits = {
      actorsMax: Math.ceil(settings.ACTORS_MAX / topology.partitions),
      idleMs: settings.ACTOR_IDLE_MS,
    };
    this.#partitions = Array.from({ length: topology.partitions }, (_, p) => {
      const world = this.#world(p, publisher, lanes, gateways.isLive);
      return new Partition(world, limits, Date.now, log);
    });
    this.#scope.defer(() => this.#end(lanes));
    await Promise.all(this.#partitions.map((partition) => partition.start()));
  }

  /** Rejects when a partition cannot go on. */
  get done(): Promise<void> {
    return Promise.all(this.#partitions.map(({ done }) => done)).then(() => undefined);
  }

  /** The reason why some users' actors go no further; undefined: all is well. */
  get trouble(): string | undefined {
    return this.#partitions.find(({ trouble }) => trouble !== undefined)?.trouble;
  }

  stop(): Promise<void> {
    return this.#scope.stop();
  }

  /** Copies that are under way are stored, then the checkpoint behind them, while the broker is there. */
  async #end(lanes: Lanes): Promise<void> {
    const { link } = this.#parts.broker;
    await Promise.all(this.#partitions.map((partition) => partition.stop()));
    lanes.close();
    await lanes.settle(link.connected() ? SETTLE_MS : 0);
    if (link.connected())
      await Promise.all(this.#partitions.map((partition) => partition.settle()));
  }

  /** The ports of one partition's actors. */
  #world(partition: number, publisher: Publisher, lanes: Lanes, isLive: World["isLive"]): World {
    const { broker, mailboxes, routing, log } = this.#parts;
    const { link, topology } = broker;
    const checkpoint = checkpoints(topology, publisher);
    return {
      source: source(link, topology, mailboxStream(partition), "live", log),
      read: (owner, after, upTo) => mailboxes.read(owner, after, upTo),
      ...copies(lanes, publisher, topology),
      ...deadLetters(publisher, mailboxStream(partition), log),
      ...signalsOf(topology.slotsOf(partition), link, log),
      route: routing.route,
      isLive,
      snapshots: snapshots(topology, publisher),
      checkpoint: {
        load: () => checkpoint.load(partition),
        save: (seq) => checkpoint.save(partition, seq),
      },
      onReconnect: link.onReconnect,
    };
  }
}
