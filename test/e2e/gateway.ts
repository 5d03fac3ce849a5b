import { onTestFinished } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { Condition } from "../../src/host/condition.ts";
import { unwatched } from "../../src/host/meter.ts";
import { Gateway } from "../../src/roles/gateway.ts";
import type { Store } from "../broker/support.ts";
import { developmentToken } from "../support/app.ts";
import type { Reachable } from "../support/device.ts";
import { silent } from "../support/silent.ts";
import { unrouted } from "../support/unrouted.ts";

/** The role "gateway" alone, on a port of its own. */
export async function openGateway({
  broker,
  link,
  topology,
  mailboxes,
}: Store): Promise<Reachable> {
  const gateway = new Gateway({
    settings: readConfig({ NATS_URL: broker.url, AUTH: "dev", PORT: "0" }),
    broker: { link, topology },
    mailboxes,
    durability: { now: "stored" },
    routing: unrouted,
    condition: new Condition(),
    meter: unwatched,
    log: silent,
  });
  await gateway.start();
  onTestFinished(() => gateway.stop());
  const url = `http://127.0.0.1:${gateway.port}`;
  const wsUrl = `ws://127.0.0.1:${gateway.port}/v1/ws`;
  return { url, wsUrl, token: (user) => developmentToken(url, user) };
}
