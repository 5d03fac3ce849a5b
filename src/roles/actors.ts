import type { Logger } from "pino";
import { Partition } from "../actors/partition.ts";
import type { World } from "../actors/ports.ts";
import type { Settings } from "../config/config.ts";
import { watchGateways } from "../nats/kv/kv.ts";
import { Lanes } from "../nats/publish/lanes.ts";
import type { Source } from "../nats/read/reader.ts";
import {
  copySubject,
  deadletterSubject,
  factSubject,
  mailboxStream,
  placeIn,
} from "../nats/subjects.ts";
import type { Nats, Undo } from "../host/broker.ts";

const SETTLE_MS = 5_000;

/** Runs the actors of every partition. */
export async function startActors(
  settings: Settings,
  nats: Nats,
  mailboxes: readonly Source[],
  undo: Undo,
  log: Logger,
): Promise<Partition[]> {
  const actorLog = log.child({ part: "actors" });
  const gateways = await watchGateways(nats.topology, actorLog);
  undo.push(async () => gateways.stop());
  const lanes = new Lanes(nats.publisher, actorLog, "copies");
  const limits = {
    actorsMax: Math.ceil(settings.ACTORS_MAX / mailboxes.length),
    idleMs: settings.ACTOR_IDLE_MS,
  };
  const partitions = mailboxes.map((source, p) => {
    const world = actorWorld(nats, p, {
      source,
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

/** The ports of an actor host, for one partition. */
function actorWorld(
  nats: Nats,
  partition: number,
  parts: { source: Source; lanes: Lanes; isLive: (gatewayId: string) => boolean; log: Logger },
): World {
  const { topology, publisher, mailboxes, core } = nats;
  const place = placeIn(topology.partitions);
  return {
    source: parts.source,
    read: (owner, after, upTo) => mailboxes.read(owner, after, upTo),
    copy: (from, to, copy) => {
      // A repeated receipt changes nothing: only messages need the broker's help to be dropped.
      const id = copy.type === "MessageSent" ? `c:${from}:${copy.cause}>${to}` : undefined;
      return parts.lanes.put(`${from}>${to}`, copySubject(...place(to)), copy, id);
    },
    state: async (owner, fact, id) => {
      await publisher.publish(factSubject(...place(owner)), JSON.stringify(fact), id);
    },
    route: core.route,
    isLive: parts.isLive,
    snapshots: nats.snapshots,
    checkpoint: {
      load: () => nats.checkpoints.load(partition),
      save: (seq) => nats.checkpoints.save(partition, seq),
    },
    // One host runs every partition; double ownership would be harmless (repeats are dropped).
    lease: { acquire: () => Promise.resolve(), release: () => Promise.resolve() },
    deadLetter: ({ kind, owner, seq }, reason) => {
      const letter = { kind, owner, seq, stream: mailboxStream(partition), reason };
      parts.log.error(letter, "entry set aside: it cannot be read");
      publisher
        .publish(
          deadletterSubject(...place(owner)),
          JSON.stringify(letter),
          `d:${partition}:${seq}`,
        )
        .catch((error: unknown) => parts.log.error({ error }, "dead letter not stored"));
    },
    onTyping: (hear) => core.onTyping(partition, hear),
    onReconnect: nats.link.onReconnect,
  };
}
