import { jetstreamManager } from "@nats-io/jetstream";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { lastOwner } from "../../src/nats/owners.ts";
import { SLOTS } from "../../src/events/limits.ts";
import { slotOf } from "../../src/nats/slots.ts";
import { mailboxStream } from "../../src/nats/subjects.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";
import { startBroker } from "../support/broker.ts";
import type { Reachable } from "../support/device.ts";
import { startRole, type RoleProcess } from "../support/role.ts";
import { sieve } from "../support/sieve.ts";
import { silent } from "../support/silent.ts";
import { UNHURRIED, until } from "./support.ts";
import { Trio } from "./trio.ts";

const PARTITIONS = 4;
/** The stream of the group that the admin makes first. */
const HOME = Math.floor((slotOf(groupIdOf("anna", "anna.1")) * PARTITIONS) / SLOTS);

/** The seq of the last claim of the group's stream that a process tells of; 0: of none. */
const lastClaim = (log: string): number =>
  Number(log.match(new RegExp(`.*"${mailboxStream(HOME)}","claim":(\\d+)`, "s"))?.[1] ?? 0);

/** Two hosts that share the streams, and three gateways, of which one may be made deaf. */
async function cluster() {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const env = {
    ...UNHURRIED,
    NATS_URL: broker.url,
    AUTH: "dev",
    PARTITIONS: `${PARTITIONS}`,
    LOG_LEVEL: "info",
  };
  const ears = await sieve(broker.url);
  const [first, second, one, other, deaf] = await Promise.all([
    startRole("actors", env),
    startRole("actors", env),
    startRole("gateway", env),
    startRole("gateway", env),
    startRole("gateway", { ...env, NATS_URL: ears.url }),
  ]);
  const { nc } = await connect({ url: broker.url }, "spec", silent);
  onTestFinished(() => nc.close());
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const ownerOf = async (k: number): Promise<string | undefined> =>
    (await lastOwner(jsm, k))?.owner.owner?.host;
  await until(async () => {
    const owners = await Promise.all(Array.from({ length: PARTITIONS }, (_, k) => ownerOf(k)));
    return new Set(owners).size === 2 && !owners.includes(undefined);
  });
  /** The process that runs the group's actor: of all claims of a stream the last one counts. */
  const host = (): RoleProcess => {
    const [one, other] = [lastClaim(first.log()), lastClaim(second.log())];
    return one > other ? first : second;
  };
  return { ears, host, one, other, deaf };
}

test("[G1] [G3] [G8] [G9] members at three gateways are shown the same in one order over the death of one of these with -9, and that of the group's host, while another gateway hears no fact of any group", async () => {
  const { ears, host, one, other, deaf } = await cluster();
  // As a balancer has it, the way of the first one leads elsewhere once its gateway is dead.
  const way: { -readonly [Name in keyof Reachable]: Reachable[Name] } = {
    url: one.url,
    wsUrl: one.wsUrl,
    token: one.token,
  };
  const trio = new Trio(way, deaf, other);
  await trio.begin();

  ears.without = "group.";
  await trio.storm();
  await one.ended("SIGKILL");
  Object.assign(way, { url: other.url, wsUrl: other.wsUrl, token: other.token });
  await trio.storm();
  await host().ended("SIGKILL");
  await trio.calm();
  trio.expectOneOrder();
  expect(ears.lost).toBeGreaterThan(0);
  ears.without = undefined;
  await trio.calm();
  trio.expectOneOrder();
  expect([trio.anna, trio.ben, trio.cleo].map(({ sockets }) => sockets)).toEqual([2, 1, 1]);
});
