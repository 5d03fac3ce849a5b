import { expect, test } from "vitest";
import { StartError } from "../../src/start-error.ts";
import { ensureTopology } from "../../src/nats/topology.ts";
import { startStore } from "./support.ts";

test("streams of another cluster are refused with one sentence that names both, whatever may be made, and nothing is made", async () => {
  const { link, topology } = await startStore();
  const names = async (): Promise<string[]> => {
    const all: string[] = [];
    for await (const name of topology.jsm.streams.names()) all.push(name);
    return all.toSorted();
  };
  const before = await names();
  const wish = { partitions: 2, replicas: 1, cluster: "test" };
  for (const right of ["use", "make"] as const)
    await expect(ensureTopology(link.nc, wish, right)).rejects.toThrow(
      new StartError(
        'CLUSTER_NAME is "test", but stream MAILBOX_0 is of the cluster "posthorn": each cluster needs brokers, or an account at them, of its own',
      ),
    );
  expect(await names()).toEqual(before);
  const { jsm } = topology;
  for (const name of before) {
    const { config } = await jsm.streams.info(name);
    expect([name, config.metadata?.["posthorn-cluster"]]).toEqual([name, "posthorn"]);
  }
  // One that was made by somebody else beside ours.
  const { config } = await jsm.streams.info("CHECKPOINT_0");
  const metadata = { ...config.metadata, "posthorn-cluster": "chat" };
  await jsm.streams.update("CHECKPOINT_0", { ...config, metadata });
  await expect(ensureTopology(link.nc, { partitions: 1, replicas: 1 })).rejects.toThrow(
    'CLUSTER_NAME is "posthorn", but stream CHECKPOINT_0 is of the cluster "chat"',
  );
});
