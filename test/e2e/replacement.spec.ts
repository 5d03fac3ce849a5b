import { connect, createServer, type AddressInfo } from "node:net";
import { WebSocket } from "ws";
import { expect, onTestFinished, test } from "vitest";
import { createChatClient, type ChatClient } from "../../src/client/client.ts";
import { startBroker } from "../support/broker.ts";
import { device } from "../support/device.ts";
import { PATIENCE } from "../support/patience.ts";
import { startRole, type RoleProcess } from "../support/role.ts";

/** One address in front of several gateways: a connection goes to the one that is `chosen` when it is made, and stays there. */
async function balancer(chosen: () => RoleProcess): Promise<string> {
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(chosen().url).port), "127.0.0.1");
    for (const side of [client, upstream]) side.on("error", () => undefined);
    client.pipe(upstream).pipe(client);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A client behind the balancer that notes each state of its connection. */
async function person(user: string, address: string, token: string) {
  const client = createChatClient({
    url: `ws://${address}/v1/ws`,
    getToken: () => Promise.resolve(token),
    webSocket: WebSocket,
  });
  onTestFinished(() => client.close());
  client.connect();
  await expect.poll(() => client.connection.state, PATIENCE).toBe("online");
  const states = new Set<string>();
  client.subscribe(() => states.add(client.connection.state));
  return { client, states };
}

const bodies = (client: ChatClient, peer: string): string[] =>
  client.messages(peer).items.map(({ body }) => body);

test("[O3][C10] gateways are replaced one after the other while people chat: nobody is offline, and each message is shown once and in order", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const env = {
    NATS_URL: broker.url,
    ALLOWED_ORIGINS: "none",
    DRAIN_MS: "1000",
    LOG_LEVEL: "info",
  };
  await startRole("actors,projections", env);
  let now = await startRole("gateway", env);
  const address = await balancer(() => now);
  const alice = await person("alice", address, await now.token("alice"));
  const bob = await person("bob", address, await now.token("bob"));
  const written: string[] = [];
  let isOver = false;
  const writing = (async () => {
    for (let n = 0; !isOver; n++) {
      const body = `${n}`;
      written.push(body);
      alice.client.send("bob", body);
      // One is under way at a time, so that some are while their socket is left.
      await expect.poll(() => bodies(bob.client, "alice").at(-1), PATIENCE).toBe(body);
    }
  })();
  for (let i = 0; i < 2; i++) {
    const old = now;
    now = await startRole("gateway", env);
    expect(await old.ended("SIGTERM")).toBe(0);
    expect(old.log()).toContain('"moves":true');
    // Everybody had left by themselves.
    expect(old.log()).not.toContain('"code":"drained"');
  }
  isOver = true;
  await writing;
  expect(written.length).toBeGreaterThan(10);
  expect(bodies(bob.client, "alice")).toEqual(written);
  expect([...alice.states, ...bob.states].filter((state) => state !== "online")).toEqual([]);
});

test("[O3] a client that takes no notice of goaway is told to come back at the end, and until then all goes on", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const env = { NATS_URL: broker.url, DRAIN_MS: "500", LOG_LEVEL: "info" };
  await startRole("actors,projections", env);
  const one = await startRole("gateway", env);
  await startRole("gateway", env);
  const alice = await device(one, "alice");
  const ended = one.ended("SIGTERM");
  const { withinMs } = await alice.until(({ t }) => t === "goaway");
  expect(withinMs).toBeGreaterThan(5_000);
  expect(await fetch(`${one.url}/readyz`).then(({ status }) => status)).toBe(503);
  // Until then everything goes on.
  alice.say({ t: "send", cid: "a.1", to: "bob", body: "still here" });
  await alice.until(({ t }) => t === "sent");
  expect(await alice.closed).toBe(4400);
  expect(await ended).toBe(0);
});
