import { expect, onTestFinished, test, vi } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { openBroker } from "../../src/host/broker.ts";
import { Scope } from "../../src/host/scope.ts";
import { startBroker } from "../support/broker.ts";
import { PATIENCE, PATIENCE_MS } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { startCluster } from "./cluster.ts";

/** Opens the broker as a start of Posthorn does. `waits`: the reasons of waiting that were said. */
function opening(env: Record<string, string>) {
  const scope = new Scope(silent);
  onTestFinished(() => scope.stop());
  const log = silent.child({});
  const waits: string[] = [];
  vi.spyOn(log, "warn").mockImplementation((fields: unknown) => {
    const { reason } = fields as { reason?: string };
    if (reason !== undefined) waits.push(reason);
  });
  return { waits, broker: openBroker(readConfig(env), "spec", scope, log) };
}

test("a start waits for a leader of the broker's servers, and says so, instead of ending", async () => {
  const { brokers } = await startCluster();
  const [one, two, three] = brokers;
  await Promise.all([two!.kill(), three!.kill()]);
  const { waits, broker } = opening({ NATS_URL: one!.url, REPLICAS: "3" });
  await vi.waitFor(
    () => expect(waits).toContain("the broker's servers have no leader yet"),
    PATIENCE_MS,
  );
  await Promise.all([two!.restart(), three!.restart()]);
  expect((await broker).topology).toMatchObject({ partitions: 1, replicas: 3 });
});

test("a start with more REPLICAS than servers ends with one sentence, and has made nothing", async () => {
  const single = await startBroker();
  onTestFinished(() => single.stop());
  const sentence = "REPLICAS is 3, and fewer servers of the broker keep streams";
  await expect(opening({ NATS_URL: single.url, REPLICAS: "3" }).broker).rejects.toThrow(sentence);
  const { brokers, connect } = await startCluster();
  const { waits, broker } = opening({ NATS_URL: brokers[0]!.url, REPLICAS: "5" });
  await expect(broker).rejects.toThrow(
    "REPLICAS is 5, and fewer servers of the broker keep streams",
  );
  expect(waits.length).toBeGreaterThan(1);
  const { nc } = await connect(0);
  const names = (await nc.request("$JS.API.STREAM.NAMES", "", PATIENCE)).json<{
    streams: string[] | null;
  }>();
  expect(names.streams ?? []).toEqual([]);
});
