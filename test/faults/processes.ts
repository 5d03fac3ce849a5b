import { onTestFinished } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { Condition } from "../../src/host/condition.ts";
import { unwatched } from "../../src/host/meter.ts";
import type { Link } from "../../src/nats/connection.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { remoteRouting } from "../../src/nats/routing.ts";
import { Numbers, type Routing } from "../../src/protocol/internal/routes.ts";
import { Actors } from "../../src/roles/actors.ts";
import { Gateway } from "../../src/roles/gateway.ts";
import { developmentToken } from "../support/app.ts";
import type { Reachable } from "../support/device.ts";
import { silent } from "../support/silent.ts";
import { streamsOf } from "../support/streams.ts";

/** The parts of a process that runs one role, over a connection of its own. */
async function partsOver(
  link: Link,
  host: string,
  replicas: 1 | 3,
  routing = remoteRouting(link, new Numbers(host), silent) as Routing,
  env: Readonly<Record<string, string>> = {},
) {
  const topology = await streamsOf(link, { partitions: 1, replicas });
  const mailboxes = new MailboxLog(link, topology);
  mailboxes.start();
  return {
    settings: readConfig({ NATS_URL: "nats://spec", AUTH: "dev", PORT: "0", ...env }),
    broker: { link, topology },
    mailboxes,
    durability: { now: "stored" },
    routing,
    condition: new Condition(),
    meter: unwatched,
    log: silent,
  } as const;
}

/** A process of actors alone. */
export async function actorsOver(
  link: Link,
  host: string,
  replicas: 1 | 3 = 1,
  routing?: Routing,
): Promise<Actors> {
  const self = { host, incarnation: host };
  const actors = new Actors({ ...(await partsOver(link, host, replicas, routing)), self });
  await actors.start();
  onTestFinished(() => actors.stop());
  return actors;
}

/** A process of a gateway alone, on a port of its own. */
export async function gatewayOver(
  link: Link,
  replicas: 1 | 3 = 1,
  routing?: Routing,
  env: Readonly<Record<string, string>> = {},
): Promise<Reachable> {
  const parts = await partsOver(link, "of-a-gateway", replicas, routing, env);
  const gateway = new Gateway(parts);
  await gateway.start();
  parts.condition.begun();
  onTestFinished(() => gateway.stop());
  const url = `http://127.0.0.1:${gateway.port}`;
  const wsUrl = `ws://127.0.0.1:${gateway.port}/v1/ws`;
  return { url, wsUrl, token: (user) => developmentToken(url, user) };
}
