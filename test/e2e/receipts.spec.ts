import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { NEVER } from "../../src/events/instant.ts";
import { streamLog } from "../../src/nats/read/streamlog.ts";
import { Gateway } from "../../src/roles/gateway.ts";
import { developmentToken } from "../support/app.ts";
import { device, type Reachable } from "../support/device.ts";
import { silent } from "../support/silent.ts";
import { startStore, until, type Store } from "../broker/support.ts";

/** The role "gateway" alone, on a port of its own. */
async function open({ broker, link, topology, mailboxes }: Store): Promise<Reachable> {
  const gateway = new Gateway({
    settings: readConfig({ NATS_URL: broker.url, AUTH: "dev", PORT: "0" }),
    broker: { link, topology },
    mailboxes,
    durability: "stored",
    routing: { route: () => undefined, listen: () => () => undefined },
    views: { wasReady: true, degraded: false },
    actors: { trouble: undefined },
    log: silent,
  });
  await gateway.start();
  onTestFinished(() => gateway.stop());
  const url = `http://127.0.0.1:${gateway.port}`;
  const wsUrl = `ws://127.0.0.1:${gateway.port}/v1/ws`;
  return { url, wsUrl, token: (user) => developmentToken(url, user) };
}

test("a receipt that was stored is stored again when it is said behind the beginning of a generation", async () => {
  const store = await startStore();
  const app = await open(store);
  const stored: number[] = [];
  store.follow(0, (batch) => {
    for (const { raw } of batch) {
      const event = JSON.parse(raw) as { type: string; upTo: number };
      if (event.type === "MessageDelivered") stored.push(event.upTo);
    }
  });
  const first = await device(app, "alice");
  first.say({ t: "delivered", peer: "bob", upTo: 5 });
  await until(() => stored.length === 1);
  first.say({ t: "delivered", peer: "bob", upTo: 5 });
  first.say({ t: "delivered", peer: "bob", upTo: 6 });
  await until(() => stored.length === 2);

  const log = streamLog(0, store.link, store.topology);
  const { seq, owner } = await log.owner();
  const marks = [{ generation: 1, from: (await log.end()) + 1, before: NEVER }];
  expect(await log.say({ ...owner, type: "GenerationBegan", marks }, seq)).toBe(true);
  await first.closed;

  const second = await device(app, "alice");
  second.say({ t: "delivered", peer: "bob", upTo: 6 });
  await until(() => stored.length === 3);
  expect(stored).toEqual([5, 6, 6]);
});
