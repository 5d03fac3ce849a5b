import { describe, expect, onTestFinished, test, vi } from "vitest";
import { connect, type Link } from "../../src/nats/connection.ts";
import { statedId } from "../../src/nats/names.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { factSubject } from "../../src/nats/subjects.ts";
import { LocalRouting, nearest } from "../../src/host/routing.ts";
import { Numbers } from "../../src/protocol/internal/routes.ts";
import { startBroker } from "../support/broker.ts";
import { device, type Device, type Reachable } from "../support/device.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { stopwatch } from "../support/stopwatch.ts";
import { unrouted } from "../support/unrouted.ts";
import { startCluster, type Cluster } from "../broker/cluster.ts";
import { holdable } from "./holdable.ts";
import { actorsOver, gatewayOver } from "./processes.ts";
import { until } from "../broker/support.ts";
import { streamsOf } from "../support/streams.ts";

/** Noticed after 3 s, and read; a machine that is busy with other things takes its time. */
const NOTICED_MS = 8_000;

/** Alice, who writes over a connection, and no gateway. */
function alice(link: Link): (n: number) => Promise<number> {
  const publisher = new Publisher(link, silent);
  publisher.start();
  onTestFinished(() => publisher.stop(0));
  return (n) => {
    const to = { author: "alice", to: "bob", device: "phone", cid: `phone.${n}`, body: `${n}` };
    const fact = { type: "MessageSent", ...to } as const;
    return publisher.publish(factSubject("alice"), JSON.stringify(fact), statedId(fact));
  };
}

/** The texts that a device has got, in order. */
const texts = ({ frames }: Device): string[] =>
  frames.flatMap(({ t, event }) =>
    t === "event" && (event as { type: string }).type === "MessageSent"
      ? [(event as { body: string }).body]
      : [],
  );

async function gets(bob: Device, n: number, ms = NOTICED_MS): Promise<void> {
  const took = stopwatch();
  await bob.until(({ t, event }) => t === "event" && (event as { body?: string }).body === `${n}`);
  expect(took()).toBeLessThan(ms);
}

/** The device that was told to come back, with the next message. */
async function returned(app: Reachable, bob: Device): Promise<Device> {
  expect(await bob.closed).toBe(4410);
  const epoch = bob.frames.find(({ t }) => t === "welcome")?.["epoch"] as string;
  const seq = bob.frames.findLast(({ t }) => t === "event")?.["seq"] as number;
  const again = await vi.waitFor(() => device(app, "bob", { epoch, seq }), PATIENCE);
  await gets(again, 2);
  return again;
}

/** Alice is at the server that leads the stream, bob's gateway and the actors at one other each. */
async function scene(cluster: Cluster) {
  const first = await cluster.connect(0);
  await streamsOf(first, { partitions: 1, replicas: 3 });
  const leader = await cluster.leaderOf("MAILBOX_0");
  const [host, gateway] = [0, 1, 2].filter((i) => i !== leader) as [number, number];
  const links = await Promise.all([host, gateway, leader].map((i) => cluster.connect(i)));
  const [one, two, three] = links as [Link, Link, Link];
  const send = alice(three);
  const actors = await actorsOver(one, "host-1", 3);
  const app = await gatewayOver(two, 3);
  const bob = await device(app, "bob");
  await send(1);
  await gets(bob, 1);
  /** Stores a message and its copy, of which the actors have told by then. */
  const tell = async (n: number): Promise<void> => {
    const fact = await send(n);
    await until(() => (actors.taken.get("MAILBOX_0") ?? 0) > fact);
  };
  return {
    app,
    bob,
    send,
    tell,
    host,
    gateway,
    hostLink: one,
    gatewayLink: two,
    leaderLink: three,
  };
}

describe("[M13] a message that is stored while routes get lost", () => {
  test("between two servers reaches the open socket, though no connection of a process has broken", async () => {
    const cluster = await startCluster({ cuttable: true });
    const { bob, send, tell, host, gateway, gatewayLink } = await scene(cluster);
    let reconnects = 0;
    onTestFinished(gatewayLink.onReconnect(() => reconnects++));
    const heal = cluster.cutBetween(host, gateway);
    await tell(2);
    await gets(bob, 2);
    heal();
    await send(3);
    await gets(bob, 3);
    expect(texts(bob)).toEqual(["1", "2", "3"]);
    expect(reconnects).toBe(0);
  });

  test("to a gateway whose server was cut off reaches the open socket once that is back, or the one that comes for it", async () => {
    const cluster = await startCluster({ cuttable: true });
    const { app, bob, tell, gateway } = await scene(cluster);
    const heal = cluster.cutOff(gateway);
    await tell(2);
    heal();
    // Its server asks the others for their places first, and a gateway that cannot read the log for that long sends the device away.
    const isOpen = await gets(bob, 2, 25_000).then(
      () => true,
      (error: unknown) => {
        if (bob.ws.readyState !== bob.ws.CLOSED) throw error;
        return false;
      },
    );
    const got = isOpen ? texts(bob) : [...texts(bob), ...texts(await returned(app, bob))];
    expect(got).toEqual(["1", "2"]);
  });

  test("with a host and its server, which both end, reaches the open socket, and so does what the next host tells", async () => {
    const cluster = await startCluster({ cuttable: true });
    const { bob, send, tell, host, gateway, hostLink, leaderLink } = await scene(cluster);
    await actorsOver(leaderLink, "host-2", 3);
    cluster.cutBetween(host, gateway);
    await tell(2);
    await hostLink.nc.close();
    await cluster.brokers[host]!.kill();
    await gets(bob, 2);
    await send(3);
    await gets(bob, 3, 20_000);
    expect(texts(bob)).toEqual(["1", "2", "3"]);
  });

  test("by a server that has just started, and does not know yet who listens where, reaches the open socket", async () => {
    const cluster = await startCluster({ cuttable: true });
    const { bob, send, host, hostLink } = await scene(cluster);
    const heal = cluster.cutOff(host);
    await cluster.brokers[host]!.kill();
    await until(() => !hostLink.connected());
    const restarted = cluster.brokers[host]!.restart();
    await send(2);
    heal();
    await restarted;
    await gets(bob, 2, 25_000);
    expect(texts(bob)).toEqual(["1", "2"]);
  });
});

test("[M13] a host whose own link is stuck, though its gateway is in the same process, keeps nothing from an open socket", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const open = async (url: string): Promise<Link> => {
    const link = await connect({ url }, "spec", silent);
    onTestFinished(() => link.nc.close());
    return link;
  };
  const way = await holdable(broker.url);
  const routing = nearest(new LocalRouting(new Numbers("host-1"), silent), unrouted);
  await actorsOver(await open(way.url), "host-1", 1, routing);
  const app = await gatewayOver(await open(broker.url), 1, routing);
  const [phone, laptop] = [await device(app, "alice"), await device(app, "alice")];
  way.hold();
  phone.say({ t: "send", cid: "phone.1", to: "bob", body: "1" });
  await phone.until(({ t }) => t === "sent");
  // Three seconds, in which the owner may be slow, and the reading.
  for (const each of [phone, laptop]) await gets(each, 1);
});
