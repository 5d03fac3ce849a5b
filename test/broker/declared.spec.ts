import { expect, onTestFinished, test } from "vitest";
import { Deaths, SILENT_MS } from "../../src/actors/deaths.ts";
import type { Link } from "../../src/nats/connection.ts";
import { Registration } from "../../src/nats/kv/registration.ts";
import { GatewayRegistry, lastWord } from "../../src/nats/kv/gateways.ts";
import { silent } from "../support/silent.ts";
import { startCluster } from "./cluster.ts";
import { until } from "./support.ts";
import { streamsOf } from "../support/streams.ts";
import { PATIENCE, PATIENCE_MS } from "../support/patience.ts";

const CUT_MS = 27_000;
/** Any silence that was counted over the cut would have ended by then. */
const WOULD_BE_DECLARED_MS = SILENT_MS + 3_000;

/** A host that has looked at the registry. */
async function hostAt(link: Link): Promise<Deaths> {
  const registry = new GatewayRegistry(link);
  registry.start();
  const deaths = new Deaths(registry, { now: () => performance.now(), log: silent });
  await deaths.look();
  deaths.start();
  onTestFinished(() => {
    deaths.stop();
    registry.stop();
  });
  return deaths;
}

test(
  "[O11] a gateway that lives is never declared dead, though a host is cut off for 27 s with the registry's leader",
  async () => {
    const cluster = await startCluster({ cuttable: true });
    const first = await cluster.connect(0);
    await streamsOf(first, { partitions: 1, replicas: 3 });
    const cutOff = await cluster.leaderOf("KV_GATEWAY");
    const [here, there] = [await cluster.connect(cutOff), await cluster.connect((cutOff + 1) % 3)];
    const registration = new Registration(there, silent);
    await registration.start();
    onTestFinished(() => registration.stop());
    const { id = "" } = registration;
    const killed = { id: "gw-killed" };
    await there.nc.request(`$KV.GATEWAY.${killed.id}`, "alive", PATIENCE);
    const hosts = [await hostAt(here), await hostAt(there)];
    const heal = cluster.cutOff(cutOff);
    const since = performance.now();
    await until(() => performance.now() - since > CUT_MS);
    // The host on the side of the many has declared the one that is dead, the other could not.
    expect(hosts.map((host) => host.has(killed.id))).toEqual([false, true]);
    heal();
    await until(() => hosts.every((host) => host.has(killed.id)));
    const healed = performance.now();
    await until(() => performance.now() - healed > WOULD_BE_DECLARED_MS);
    expect(hosts.map((host) => host.has(id))).toEqual([false, false]);
    expect([registration.id, (await lastWord(there.nc, id))?.is]).toEqual([id, "alive"]);
  },
  3 * PATIENCE_MS,
);
