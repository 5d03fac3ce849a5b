import { expect, onTestFinished, test, vi } from "vitest";
import { RolledBackError } from "../../src/events/source.ts";
import { assertReached } from "../../src/nats/read/reached.ts";
import { lastOwner } from "../../src/nats/owners.ts";
import { streamLog } from "../../src/nats/read/streamlog.ts";
import { FACTS, startStore } from "./support.ts";
import { startCluster } from "./cluster.ts";
import { streamsOf } from "../support/streams.ts";
import { PATIENCE, PATIENCE_MS } from "../support/patience.ts";

test("[L6] the end of a replicated stream is where an entry is stored, and nobody's word while none can be", async () => {
  const { brokers, connect, leaderOf } = await startCluster();
  const wish = { partitions: 1, replicas: 3 };
  await streamsOf(await connect(0), wish);
  const leader = await leaderOf("MAILBOX_0");
  const link = await connect(leader);
  const topology = await streamsOf(link, wish);
  const log = streamLog(0, link, topology);
  await link.nc.request(FACTS, "x", PATIENCE);
  const { seq } = (await lastOwner(topology.jsm, 0))!;
  const end = await log.end();
  expect(end).toBeGreaterThan(seq + 1);
  const last = await log.owner();
  expect(last).toMatchObject({ seq: end, owner: { type: "EndAsked", marks: [], layout: 1 } });
  expect(last.owner.epoch).toBe(topology.epochs.get("MAILBOX_0"));

  // Nor does a reader believe in a log that is said to be shorter: it asks again.
  const ahead = { seq: end + 9, generation: 0 };
  const doubt = await assertReached(topology, "MAILBOX_0", ahead).catch((error: unknown) => error);
  expect(doubt).toBeInstanceOf(Error);
  expect(doubt).not.toBeInstanceOf(RolledBackError);

  const others = brokers.filter((_, i) => i !== leader).map(({ pid }) => pid);
  const go = (): void => others.forEach((pid) => process.kill(pid, "SIGCONT"));
  onTestFinished(go);
  for (const pid of others) process.kill(pid, "SIGSTOP");
  // The leader that was cut off answers as if nothing had happened.
  expect((await topology.jsm.streams.info("MAILBOX_0")).state.last_seq).toBe(end);
  await expect(log.end()).rejects.toThrow("timeout");
  go();
  await vi.waitFor(async () => expect(await log.end()).toBeGreaterThan(end), {
    timeout: PATIENCE_MS,
    interval: 200,
  });
});

test("[L6] the end of a stream with one replica is what its server says, and nothing is stored for it", async () => {
  const { link, topology, publisher } = await startStore();
  const seq = await publisher.publish(FACTS, "x");
  const log = streamLog(0, link, topology);
  expect(await log.end()).toBe(seq);
  expect((await log.owner()).owner.type).toBe("StreamBegan");
});
