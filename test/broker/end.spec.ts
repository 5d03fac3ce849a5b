import { expect, onTestFinished, test, vi } from "vitest";
import { RolledBackError } from "../../src/events/source.ts";
import { assertReached } from "../../src/nats/read/reached.ts";
import { lastOwner, putOwner } from "../../src/nats/owners.ts";
import { source } from "../../src/nats/read/sources.ts";
import { traced } from "../../src/trace.ts";
import { silent } from "../support/silent.ts";
import { pino } from "pino";
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

test("a batch in hand that fails once its reader is stopped fails nobody", async () => {
  const { link, topology, publisher } = await startStore();
  await publisher.publish(FACTS, "x");
  let fail: (error: Error) => void = () => undefined;
  const taking = new Promise<never>((_, reject) => (fail = reject));
  let isTaking = false;
  const following = source(link, topology, "MAILBOX_0", "live", silent).follow(0, () => {
    isTaking = true;
    return taking;
  });
  await vi.waitFor(() => expect(isTaking).toBe(true), PATIENCE_MS);
  const stopped = following.stop();
  fail(new Error("timeout"));
  await stopped;
  await following.done;
});

test("a bug of one who hears of a generation is told as a bug, with its stack, and the stream is read on", async () => {
  const { link, topology, publisher } = await startStore();
  const { owners, jsm } = topology;
  owners.onGeneration(() => {
    throw new TypeError("a listener's own");
  });
  const lines: string[] = [];
  const log = pino({ serializers: { error: traced } }, { write: (line) => void lines.push(line) });
  const seen: number[] = [];
  const following = source(link, topology, "MAILBOX_0", "live", log).follow(0, (batch) => {
    seen.push(...batch.map(({ seq }) => seq));
  });
  await following.caughtUp;
  const { seq: at, owner } = (await lastOwner(jsm, 0))!;
  const marks = [
    { generation: 1, from: at + 1, before: (await streamLog(0, link, topology).instantAt(at))! },
  ];
  await putOwner(link.nc, 0, { ...owner, type: "GenerationBegan", marks }, at);
  const seq = await publisher.publish(FACTS, "y");
  await vi.waitFor(() => expect(seen).toContain(seq), PATIENCE_MS);
  const told = lines.filter((line) => line.includes("stream's word not taken"));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/TypeError: a listener's own.*at /);
  await following.stop();
});
