import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { connect, type Link } from "../../src/nats/connection.ts";
import { NO_OTHER_WAY, SOON_LEFT } from "../../scripts/cluster/brokerconf.mjs";
import { WHOLE, Wire } from "../../scripts/cluster/wire.mjs";
import { freePort } from "../../scripts/dev/port.mjs";
import { startBroker, type Broker } from "../support/broker.ts";
import { folder } from "../support/folder.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";

const SERVERS = [0, 1, 2];

/** Three real nats-servers as one cluster on loopback. */
export interface Cluster {
  readonly brokers: readonly Broker[];
  /** A connection to one of them and to no other. */
  connect(i: number): Promise<Link>;
  /** The server that leads a stream, as server `by` says. */
  leaderOf(stream: string, by?: number): Promise<number>;
  /** The server that leads the cluster. */
  metaLeader(): Promise<number>;
  /** Cuts a server off from the two others, with whoever is connected to it; returns how to heal that. */
  cutOff(i: number): () => void;
  /** Cuts two servers off from each other, with nobody noticing who is connected to them; returns how to heal that. */
  cutBetween(i: number, j: number): () => void;
}

/**
 * Starts the cluster; the spec ends it. `cuttable`: the routes between servers go through proxies of the spec. `unhurried`: this server pings the
 * others as seldom as the broker does by itself.
 */
export async function startCluster({ cuttable = false, unhurried = -1 } = {}): Promise<Cluster> {
  const free = (): Promise<number[]> => Promise.all(SERVERS.map(() => freePort()));
  const [clients, monitors, routes] = [await free(), await free(), await free()];
  const ways = await Promise.all(
    (cuttable ? SERVERS : []).flatMap((from) =>
      SERVERS.filter((to) => to !== from).map((to) => wayOf(from, to, routes[to]!)),
    ),
  );
  const brokers = await Promise.all(
    SERVERS.map(async (i) => {
      const dir = folder();
      const called = ways.filter(({ from }) => from === i).map(({ wire }) => wire.port);
      const others = cuttable ? called : routes;
      const ports = {
        client: clients[i]!,
        monitor: monitors[i]!,
        route: routes[i]!,
        others,
        cuttable,
        pings: i === unhurried ? "" : SOON_LEFT,
      };
      const conf = confOf(i, dir, ports);
      const broker = await startBroker({ dir, conf });
      onTestFinished(() => broker.stop());
      return broker;
    }),
  );
  await vi.waitFor(
    async () => {
      const all = await Promise.all(brokers.map((broker) => jszOf(broker)));
      const leader = all.find(({ meta_cluster: meta }, i) => meta?.leader === nameOf(i));
      const others = leader?.meta_cluster?.replicas ?? [];
      if (others.filter(({ offline, current }) => current && offline !== true).length < 2)
        throw new Error("the servers have not found each other yet");
    },
    { ...PATIENCE, interval: 50 },
  );
  const open = async (i: number): Promise<Link> => {
    const link = await connect({ url: brokers[i]!.url }, "spec", silent);
    onTestFinished(() => link.nc.close());
    return link;
  };
  const leaderOf = (stream: string, by = 0): Promise<number> =>
    vi.waitFor(
      async () => {
        const { account_details: [account] = [] } = await jszOf(brokers[by]!);
        const found = account?.stream_detail.find(({ name }) => name === stream);
        const i = SERVERS.findIndex((each) => nameOf(each) === found?.cluster?.leader);
        if (i < 0) throw new Error(`${stream} has no leader yet`);
        return i;
      },
      { ...PATIENCE, interval: 50 },
    );
  const metaLeader = async (): Promise<number> => {
    const { meta_cluster: meta } = await jszOf(brokers[0]!);
    return SERVERS.findIndex((each) => nameOf(each) === meta?.leader);
  };
  const cut = (around: readonly Way[]): (() => void) => {
    for (const { wire } of around) wire.damage({ ...WHOLE, closed: true });
    return () => {
      for (const { wire } of around) wire.damage(WHOLE);
    };
  };
  const cutOff = (i: number): (() => void) =>
    cut(ways.filter(({ from, to }) => from === i || to === i));
  const cutBetween = (i: number, j: number): (() => void) =>
    cut(ways.filter(({ from, to }) => [i, j].includes(from) && [i, j].includes(to)));
  return { brokers, connect: open, leaderOf, metaLeader, cutOff, cutBetween };
}

/** The way of one server to another. */
interface Way {
  readonly from: number;
  readonly to: number;
  readonly wire: Wire;
}

async function wayOf(from: number, to: number, route: number): Promise<Way> {
  const wire = await Wire.lay(route);
  onTestFinished(() => wire.remove());
  return { from, to, wire };
}

async function jszOf({ monitorUrl }: Broker): Promise<Jsz> {
  const answer = await fetch(`${monitorUrl}/jsz?streams=true`);
  return (await answer.json()) as Jsz;
}

interface Jsz {
  meta_cluster?: { leader?: string; replicas?: { current?: boolean; offline?: boolean }[] };
  account_details?: {
    stream_detail: { name: string; cluster?: { leader?: string } }[];
  }[];
}

/** The name of a server, which is also its tag: a stream may be placed by it. */
export const nameOf = (i: number): string => `n${i}`;

/** Ports of one server, which stay the same over a restart, and of its ways to the others. */
interface Ports {
  readonly client: number;
  readonly monitor: number;
  readonly route: number;
  readonly others: readonly number[];
  readonly cuttable: boolean;
  readonly pings: string;
}

const confOf = (
  i: number,
  dir: string,
  { client, monitor, route, others, cuttable, pings }: Ports,
): string =>
  [
    `server_name: ${nameOf(i)}`,
    `server_tags: ["${nameOf(i)}"]`,
    `listen: "127.0.0.1:${client}"`,
    `http: "127.0.0.1:${monitor}"`,
    `ports_file_dir: "${dir}"`,
    `log_file: "${join(dir, "nats.log")}"`,
    `jetstream { store_dir: "${join(dir, "store")}" }`,
    `cluster { name: spec, listen: "127.0.0.1:${route}", ${pings}${cuttable ? `no_advertise: true, ${NO_OTHER_WAY}` : ""}routes: [${others
      .map((port) => `"nats://127.0.0.1:${port}"`)
      .join(", ")}] }`,
  ].join("\n");
