import type { Logger } from "pino";
import { positionAt } from "../events/position.ts";
import type { Neighbourhood, World } from "../gateway/ports.ts";
import type { Broker } from "../host/broker.ts";
import { honest, type StoreFolder } from "../host/storefolder.ts";
import { activities } from "../nats/activity.ts";
import type { Durabilities } from "../nats/durability.ts";
import { Neighbours } from "../nats/kv/neighbours.ts";
import type { Registration } from "../nats/kv/registration.ts";
import { admission } from "../nats/publish/admission.ts";
import { facts } from "../nats/publish/facts.ts";
import type { Publisher } from "../nats/publish/publisher.ts";
import { groupLog } from "../nats/grouplog.ts";
import { questions } from "../nats/questions.ts";
import { claimHolds } from "../nats/read/claims.ts";
import { factAt } from "../nats/read/fact.ts";
import type { MailboxLog } from "../nats/read/log.ts";
import { signals } from "../nats/signals.ts";
import type { BrokerTime } from "../nats/time.ts";
import type { Routing } from "../protocol/internal/routes.ts";

interface Parts {
  readonly broker: Broker;
  readonly mailboxes: MailboxLog;
  readonly routing: Routing;
  readonly durability: Pick<Durabilities, "now">;
  readonly log: Logger;
}

/** The parts of one gateway, which it starts and stops. */
interface Own {
  readonly registration: Registration;
  readonly publisher: Publisher;
  readonly time: BrokerTime;
  /** The folder in which the broker keeps the streams, if that is on this machine and known. */
  readonly store: StoreFolder | undefined;
}

const monotonic = (): number => performance.now();

/** Whether anything is stored for the gateway, and whether it is alone. */
function neighbourhood(
  registration: Registration,
  publisher: Publisher,
  neighbours: Neighbours,
): Neighbourhood {
  registration.onSpoken((spoken) => neighbours.spoke(spoken));
  return {
    get storedAt() {
      return Math.max(registration.storedAt, publisher.storedAt);
    },
    renew: () => registration.renew(),
    get hasOthers() {
      return neighbours.areThere;
    },
  };
}

/** The ports of a gateway. */
export function gatewayWorld(
  { broker, durability, mailboxes, routing, log }: Parts,
  { registration, publisher, time, store }: Own,
): World {
  const { link, topology } = broker;
  const { owners } = topology;
  return {
    get gatewayId() {
      return registration.id;
    },
    neighbourhood: neighbourhood(registration, publisher, new Neighbours(link, log)),
    get durability() {
      return durability.now;
    },
    epochOf: (user) => owners.of(topology.partitionOf(user)).owner.epoch,
    positionAt: (user, seq) => positionAt(owners.of(topology.partitionOf(user)).owner.marks, seq),
    holds: (user, claim) => claimHolds(topology, user, claim),
    streams: topology.partitions,
    streamOf: topology.partitionOf,
    heads: (k, users, atLeast) => mailboxes.heads(k, users, atLeast),
    begin: (user, after, coming) => mailboxes.begin(user, after, coming),
    fact: (user, seq) => factAt(topology, user, seq),
    ...honest(facts(publisher, log, admission(topology, monotonic)), store),
    ...questions(link, topology),
    ...groupLog({ mailboxes, routing, publisher }),
    ...signals(link),
    ...activities(link, topology, time, log),
    onRoute: (hear) => registration.follow((id) => routing.listen(id, hear)),
    onReconnect: link.onReconnect,
  };
}
