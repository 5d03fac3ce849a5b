import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { connect, type Link } from "../../src/nats/connection.ts";
import { freePort } from "../../scripts/dev/port.mjs";
import { startBroker, type Broker } from "../support/broker.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";

const SERVERS = [0, 1, 2];

/** Three real nats-servers as one cluster on loopback. */
export interface Cluster {
  readonly brokers: readonly Broker[];
  /** A connection to one of them and to no other. */
  connect(i: number): Promise<Link>;
  /** The server that leads a stream. */
  leaderOf(stream: string): Promise<number>;
}

/** Starts the cluster; the spec ends it. */
export async function startCluster(): Promise<Cluster> {
  const free = (): Promise<number[]> => Promise.all(SERVERS.map(() => freePort()));
  const [clients, monitors, routes] = [await free(), await free(), await free()];
  const brokers = await Promise.all(
    SERVERS.map(async (i) => {
      const dir = folder();
      const conf = confOf(i, dir, { client: clients[i]!, monitor: monitors[i]!, routes });
      const broker = await startBroker({ dir, conf });
      onTestFinished(() => broker.stop());
      return broker;
    }),
  );
  const open = async (i: number): Promise<Link> => {
    const link = await connect({ url: brokers[i]!.url }, "spec", silent);
    onTestFinished(() => link.nc.close());
    return link;
  };
  const leaderOf = (stream: string): Promise<number> =>
    vi.waitFor(
      async () => {
        const { monitorUrl } = brokers[0]!;
        const answer = await fetch(`${monitorUrl}/jsz?streams=true`);
        const { account_details: [account] = [] } = (await answer.json()) as Jsz;
        const found = account?.stream_detail.find(({ name }) => name === stream);
        const i = SERVERS.findIndex((each) => nameOf(each) === found?.cluster?.leader);
        if (i < 0) throw new Error(`${stream} has no leader yet`);
        return i;
      },
      { timeout: 20_000, interval: 50 },
    );
  return { brokers, connect: open, leaderOf };
}

interface Jsz {
  account_details?: {
    stream_detail: { name: string; cluster?: { leader?: string } }[];
  }[];
}

/** The name of a server, which is also its tag: a stream may be placed by it. */
export const nameOf = (i: number): string => `n${i}`;

/** Ports of one server, which stay the same over a restart, and of all servers' routes. */
interface Ports {
  readonly client: number;
  readonly monitor: number;
  readonly routes: readonly number[];
}

const confOf = (i: number, dir: string, { client, monitor, routes }: Ports): string =>
  [
    `server_name: ${nameOf(i)}`,
    `server_tags: ["${nameOf(i)}"]`,
    `listen: "127.0.0.1:${client}"`,
    `http: "127.0.0.1:${monitor}"`,
    `ports_file_dir: "${dir}"`,
    `log_file: "${join(dir, "nats.log")}"`,
    `jetstream { store_dir: "${join(dir, "store")}" }`,
    `cluster { name: spec, listen: "127.0.0.1:${routes[i]}", routes: [${routes
      .map((port) => `"nats://127.0.0.1:${port}"`)
      .join(", ")}] }`,
  ].join("\n");
