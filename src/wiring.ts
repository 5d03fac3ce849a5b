import type { Logger } from "pino";
import type { World as ActorWorld } from "./actors/ports.ts";
import type { Durability } from "./events/frames.ts";
import type { World as GatewayWorld } from "./gateway/ports.ts";
import type { Link } from "./nats/connection.ts";
import type { Core } from "./nats/core.ts";
import type { checkpoints, snapshots } from "./nats/kv.ts";
import type { Lanes } from "./nats/lanes.ts";
import type { MailboxLog } from "./nats/log.ts";
import type { Publisher } from "./nats/publisher.ts";
import type { Source } from "./nats/reader.ts";
import { copySubject, factSubject, mailboxStream, partitionOf } from "./nats/subjects.ts";
import type { Topology } from "./nats/topology.ts";

/** Everything that speaks to the broker, made once per process. */
export interface Nats {
  readonly link: Link;
  readonly topology: Topology;
  readonly publisher: Publisher;
  readonly mailboxes: MailboxLog;
  readonly core: Core;
  readonly checkpoints: ReturnType<typeof checkpoints>;
  readonly snapshots: ReturnType<typeof snapshots>;
}

/** The ports of an actor host, for one partition. */
export function actorWorld(
  nats: Nats,
  partition: number,
  parts: { source: Source; lanes: Lanes; isLive: (gatewayId: string) => boolean; log: Logger },
): ActorWorld {
  const { topology, publisher, mailboxes, core } = nats;
  const place = (owner: string): [number, string] => [
    partitionOf(owner, topology.partitions),
    owner,
  ];
  return {
    source: parts.source,
    read: (owner, after, upTo) => mailboxes.read(owner, after, upTo),
    copy: async (from, to, copy) => {
      // A repeated receipt changes nothing: only messages need the broker's help to be dropped.
      const id = copy.type === "MessageSent" ? `c:${from}:${copy.cause}>${to}` : undefined;
      await parts.lanes.put(`${from}>${to}`, copySubject(...place(to)), copy, id);
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
    // One host runs every partition; double ownership would be harmless (DESIGN: repeats are dropped).
    lease: { acquire: () => Promise.resolve(), release: () => Promise.resolve() },
    deadLetter: ({ kind, owner, seq }, reason) =>
      parts.log.error(
        { kind, owner, seq, partition, reason },
        "entry set aside: it cannot be read",
      ),
    onTyping: (hear) => core.onTyping(partition, hear),
    onReconnect: nats.link.onReconnect,
  };
}

/** The ports of a gateway. */
export function gatewayWorld(
  nats: Nats,
  parts: { gatewayId: string; durability: Durability; lanes: Lanes },
): GatewayWorld {
  const { topology, mailboxes, core, link } = nats;
  const place = (owner: string): [number, string] => [
    partitionOf(owner, topology.partitions),
    owner,
  ];
  return {
    gatewayId: parts.gatewayId,
    durability: parts.durability,
    epochOf: (user) => topology.epochs.get(mailboxStream(place(user)[0])) ?? "",
    state: (user, lane, fact, id) => parts.lanes.put(lane, factSubject(...place(user)), fact, id),
    read: (user, after, upTo) => mailboxes.read(user, after, upTo, upTo < Number.MAX_SAFE_INTEGER),
    ask: core.ask,
    typing: core.typing,
    active: core.active,
    onActive: core.onActive,
    lastActive: core.lastActive,
    onRoute: (hear) => core.onRoute(parts.gatewayId, hear),
    onReconnect: link.onReconnect,
    connected: link.connected,
  };
}
