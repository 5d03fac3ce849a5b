import type { JetStreamManager } from "@nats-io/jetstream";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { Balancer } from "../../scripts/cluster/balancer.mjs";
import { WHOLE, Wire } from "../../scripts/cluster/wire.mjs";
import { freePort } from "../../scripts/dev/port.mjs";
import { createChatClient, type ChatClient } from "../../src/client/client.ts";
import { connect } from "../../src/nats/connection.ts";
import { registered } from "../../src/nats/kv/alive.ts";
import { startBroker } from "../support/broker.ts";
import { device, type Device, type Reachable } from "../support/device.ts";
import { silent } from "../support/silent.ts";
import { stopwatch } from "../support/stopwatch.ts";
import { actorsOver, gatewayOver } from "./processes.ts";
import { until } from "./support.ts";
import { streamsOf } from "../support/streams.ts";

const ORIGIN = "http://spec.example";
const ENV = {
  DEV_SECRET: "a secret that the gateways of a spec share",
  DRAIN_MS: "100",
  ALLOWED_ORIGINS: `none,${ORIGIN}`,
};

/** A client behind the balancer, and the states that its connection has had. */
async function person(user: string, port: number, { token }: Reachable) {
  const client = createChatClient({
    url: `ws://127.0.0.1:${port}/v1/ws`,
    getToken: () => token(user),
    webSocket: WebSocket,
  });
  onTestFinished(() => client.close());
  client.connect();
  await until(() => client.connection.state === "online");
  const states = new Set<string>();
  client.subscribe(() => states.add(client.connection.state));
  return { client, states };
}

/** A device that speaks the protocol by hand, at this very gateway. */
async function at(gateway: Reachable, user: string): Promise<Device> {
  const one = await device({ ...gateway, url: ORIGIN }, user);
  onTestFinished(() => one.close());
  return one;
}
type Person = Awaited<ReturnType<typeof person>>;

const readiness = async ({ url }: Reachable): Promise<number> =>
  (await fetch(`${url}/readyz`)).status;
/** The status of the message with this text; undefined: it has not come. */
const status = (client: ChatClient, peer: string, text: string): string | undefined =>
  client.messages(peer).items.find(({ body }) => body === text)?.status;
const said = ({ frames }: Device, type: string): number =>
  frames.filter(({ t }) => t === type).length;

const socketsAt = ({ connections }: Balancer): number =>
  connections.reduce((sum, count) => sum + count);

/** Waits until both gateways have heard each other: each has renewed its word twice, behind the other's. */
async function acquainted(jsm: JetStreamManager): Promise<void> {
  const words = new Map<string, Set<number>>();
  await until(async () => {
    for (const [id, revision] of await registered(jsm))
      words.set(id, (words.get(id) ?? new Set()).add(revision));
    return words.size === 2 && [...words.values()].every(({ size }) => size > 2);
  });
}

/** Two gateways behind a balancer, the first with a link that can be cut, and some people. */
async function scene() {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const way = await Wire.lay(Number(new URL(broker.url).port));
  onTestFinished(() => way.remove());
  const open = async (url: string) => {
    const link = await connect({ url }, "spec", silent);
    onTestFinished(() => link.nc.close());
    return link;
  };
  const direct = await open(broker.url);
  const { jsm } = await streamsOf(direct, { partitions: 1, replicas: 1 });
  await actorsOver(direct, "host-1");
  const first = await gatewayOver(await open(`nats://127.0.0.1:${way.port}`), 1, undefined, ENV);
  const second = await gatewayOver(await open(broker.url), 1, undefined, ENV);
  const port = await freePort();
  const front = new Balancer(
    port,
    [first, second].map(({ url }) => Number(new URL(url).port)),
  );
  await front.start();
  onTestFinished(() => front.stop());
  await until(() => front.admitsAll);
  const people = [];
  for (let i = 0; i < 6; i++) people.push(await person(`user${i}`, port, second));
  await acquainted(jsm);
  expect(front.connections).toEqual([3, 3]);
  return { broker, jsm, way, first, second, front, people };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Everybody has been online all the time. */
function expectNobodyOffline({ people }: Scene): void {
  const seen = new Set(people.flatMap(({ states }) => [...states]));
  seen.delete("online");
  expect([...seen]).toEqual([]);
}

/** The broker stands still until every client has been asked to move. */
async function outage(all: Scene): Promise<void> {
  const { broker, first, second, front, people } = all;
  const [alice, bob] = people as [Person, Person];
  const devices = [await at(first, "carol"), await at(second, "dave")] as const;
  process.kill(broker.pid, "SIGSTOP");
  alice.client.send("user1", "meanwhile");
  devices[0].say({ t: "send", cid: "c.1", to: "dave", body: "hello" });
  const asked = stopwatch();
  await until(() => devices.every((each) => said(each, "goaway") > 0));
  expect(asked()).toBeLessThan(8_000);
  expect(await Promise.all([first, second].map(readiness))).toEqual([503, 503]);
  expect(said(devices[0], "sent")).toBe(0);
  expect(status(alice.client, "user1", "meanwhile")).toBe("pending");
  process.kill(broker.pid, "SIGCONT");
  await devices[0].until(({ t }) => t === "sent");
  await devices[1].until(({ event }) => event?.["body"] === "hello");
  await until(() => status(bob.client, "user0", "meanwhile") !== undefined);
  await until(() => devices.every((each) => said(each, "stay") > 0));
  // A client may have moved to the gateway that was back first; a socket that is not moved to is dropped, and may be there for a moment.
  await until(() => socketsAt(front) === people.length);
  for (const { ws } of devices) expect(ws.readyState).toBe(WebSocket.OPEN);
}

/** The link of the first gateway is cut until its clients have gone. */
async function cutOff({ way, first, second, front, people }: Scene): Promise<void> {
  const [alice, bob] = people as [Person, Person];
  expect(front.connections[0]).toBeGreaterThan(0);
  const idle = await at(first, "idle");
  way.damage({ ...WHOLE, there: true, back: true });
  const took = stopwatch();
  alice.client.send("user1", "cut off");
  bob.client.send("user0", "as well");
  await until(() => front.connections[0] === 0);
  expect(await readiness(first)).toBe(503);
  await until(() => status(bob.client, "user0", "cut off") !== undefined);
  await until(() => status(alice.client, "user1", "as well") !== undefined);
  expect(took()).toBeLessThan(8_000);
  expect(idle.ws.readyState).toBe(WebSocket.OPEN);
  expect(await readiness(second)).toBe(200);
  way.damage(WHOLE);
  await until(async () => (await readiness(first)) === 200);
  const erin = await at(first, "erin");
  erin.say({ t: "send", cid: "e.1", to: "user0", body: "here again" });
  await erin.until(({ t }) => t === "sent");
  await until(() => status(alice.client, "erin", "here again") !== undefined);
}

test("[O13] while the broker is away everybody stays and nothing is acknowledged; clients of one gateway that is cut off are served elsewhere within 8 s; and none of them is ever offline", async () => {
  const all = await scene();
  await outage(all);
  await acquainted(all.jsm);
  await cutOff(all);
  expectNobodyOffline(all);
});
