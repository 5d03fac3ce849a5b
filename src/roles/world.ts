import type { Logger } from "pino";
import type { Keeper } from "../actors/generations/keeper.ts";
import type { Stream } from "../actors/generations/prepare.ts";
import { snapshots } from "../actors/generations/snapshots.ts";
import { isSuccession } from "../actors/ownership/claiming.ts";
import type { World } from "../actors/ports.ts";
import { open, type Entry } from "../events/entry.ts";
import type { Host } from "../events/owner.ts";
import type { Broker } from "../host/broker.ts";
import { withCount, type Instruments } from "../host/meter.ts";
import { snapshotTexts } from "../nats/kv/snapshots.ts";
import { copies, deadLetters } from "../nats/publish/copies.ts";
import type { Lanes } from "../nats/publish/lanes.ts";
import type { Publisher } from "../nats/publish/publisher.ts";
import type { MailboxLog } from "../nats/read/log.ts";
import { source } from "../nats/read/sources.ts";
import { signalsOf } from "../nats/signals.ts";
import { mailboxStream } from "../nats/subjects.ts";
import type { Routing } from "../protocol/internal/routes.ts";

interface Parts {
  readonly broker: Broker;
  readonly mailboxes: MailboxLog;
  readonly routing: Routing;
  readonly meter: Instruments;
  readonly log: Logger;
  readonly publisher: Publisher;
  readonly isDead: World["isDead"];
  readonly self: Host;
}

/** The actors of one stream, by the claim that they run by. */
interface Run {
  readonly k: number;
  readonly stream: Stream;
  readonly claim: number;
  readonly keeper: Keeper;
  readonly lanes: Lanes;
}

/** The ports of one stream's actors. */
export function worldOf(parts: Parts, { k, stream, claim, keeper, lanes }: Run): World {
  const { broker, mailboxes, routing, meter, log, publisher, isDead, self } = parts;
  const { link, topology } = broker;
  const { last, rules, follow } = source(link, topology, mailboxStream(k), "live", log);
  const put = copies(lanes, publisher, topology, keeper.told);
  return {
    source: { last, rules, follow: (after, take) => keeper.follow({ follow }, after, take) },
    streams: { own: k, of: topology.partitionOf },
    marksOf: (owner) => topology.owners.of(topology.partitionOf(owner)).owner.marks,
    read: (owner, after, upTo) => mailboxes.read(owner, after, upTo),
    at: (seqs) => mailboxes.at(k, seqs),
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
    spread: routing.spread,
    isDead,
    isSuccession: (entry) => names(self, claim, entry),
    snapshots: snapshots(snapshotTexts(mailboxes.gets, publisher), keeper, stream.log),
    checkpoint: { load: async () => keeper.begin, save: (seq) => keeper.save(seq) },
  };
}

/** Does an entry of the stream about itself name a successor? One that cannot be read names nobody. */
function names(self: Host, claim: number, entry: Entry): boolean {
  try {
    const { kind, event } = open(entry);
    return kind === "owner" && isSuccession(self, claim, { seq: entry.seq, owner: event });
  } catch {
    // It is judged in its turn.
    return false;
  }
}
