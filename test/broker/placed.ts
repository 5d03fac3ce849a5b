import { jetstreamManager } from "@nats-io/jetstream";
import { SLOTS } from "../../src/events/limits.ts";
import { slotOf } from "../../src/nats/slots.ts";
import { mailboxStreams, otherStreams } from "../../src/nats/streams.ts";
import { CLUSTER_KEY, CLUSTER_NAME } from "../../src/nats/clustername.ts";
import { newEpoch } from "../../src/nats/firstword.ts";
import { EPOCH_KEY, FORMAT, FORMAT_KEY } from "../../src/nats/topology.ts";
import type { Broker } from "../support/broker.ts";
import { nameOf, startCluster, type Cluster } from "./cluster.ts";

const PARTITIONS = 2;
/** The server that holds the streams that are set apart and nothing else, and the one that holds all the rest. */
const HOME = { apart: 2, rest: 0 };

/** A cluster with the streams of two partitions, one replica each. */
export interface Placed extends Cluster {
  /** Holds the streams that are set apart, and nothing else. */
  readonly home: Broker;
  /** Holds all the rest. */
  readonly rest: Broker;
}

/** `apart`: names the streams that are set apart; everything of partition 1. */
export async function startPlaced(apart = /_1$/): Promise<Placed> {
  const cluster = await startCluster();
  const { nc } = await cluster.connect(HOME.rest);
  const jsm = await jetstreamManager(nc);
  const wish = { partitions: PARTITIONS, replicas: 1 };
  for (const config of [...mailboxStreams(wish), ...otherStreams(wish)]) {
    const at = apart.test(config.name) ? HOME.apart : HOME.rest;
    const named = { [FORMAT_KEY]: FORMAT, [CLUSTER_KEY]: CLUSTER_NAME, [EPOCH_KEY]: newEpoch() };
    const metadata = { ...config.metadata, ...named };
    const placement = { cluster: "spec", tags: [nameOf(at)] };
    await jsm.streams.add({ ...config, metadata, placement });
  }
  return { ...cluster, home: cluster.brokers[HOME.apart]!, rest: cluster.brokers[HOME.rest]! };
}

/** A user of the partition, the same for the same name. */
export function userOf(k: number, name: string): string {
  for (let i = 0; ; i++) {
    const id = `${name}-${i}`;
    if (Math.floor((slotOf(id) * PARTITIONS) / SLOTS) === k) return id;
  }
}
