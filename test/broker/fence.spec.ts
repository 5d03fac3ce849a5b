import { setTimeout as wait } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { Keeper } from "../../src/actors/generations/keeper.ts";
import { prepare } from "../../src/actors/generations/prepare.ts";
import { snapshots } from "../../src/actors/generations/snapshots.ts";
import { asOwner, claimStream } from "../../src/actors/ownership/claiming.ts";
import { records } from "../../src/nats/kv/records.ts";
import { snapshotTexts } from "../../src/nats/kv/snapshots.ts";
import { source } from "../../src/nats/read/sources.ts";
import { streamLog } from "../../src/nats/read/streamlog.ts";
import { silent } from "../support/silent.ts";
import { stopwatch } from "../support/stopwatch.ts";
import { FACTS, startStore, until, type Store } from "./support.ts";

/** An owner of the stream from a claim of its own, that reads, and does not look whether anybody has succeeded it. */
async function owner({ link, topology, publisher, mailboxes }: Store, name: string) {
  const self = { host: name, incarnation: name };
  const [log, own] = [streamLog(0, link, topology), records(0, topology, publisher, Date.now)];
  const claim = (await claimStream({ log, records: own }, self, await log.owner())) ?? 0;
  const stream = { log: asOwner(log, self, claim, (ms) => wait(ms)), records: own };
  const prepared = await prepare(0, [stream]);
  const clocked = { elapsed: () => performance.now(), delayed: () => undefined };
  const keeper = new Keeper({ ...stream, ...prepared, ...clocked });
  onTestFinished(() => keeper.stop());
  const following = keeper.follow(
    source(link, topology, "MAILBOX_0", "live", silent),
    0,
    () => undefined,
  );
  onTestFinished(() => following.stop());
  return {
    keeper,
    snapshots: snapshots(snapshotTexts(mailboxes.gets, publisher), keeper, stream.log),
    /** Reads to here, and no further when it is paused. */
    reads: (seq: number) => until(() => (keeper.last?.position ?? 0) >= seq),
    pause: () => following.stop(),
  };
}

/** All that was saved of the stream, as any process reads it. */
const saved = async ({ topology, publisher, mailboxes }: Store) => {
  const own = records(0, topology, publisher, Date.now);
  const [checkpoint, highest] = [await own.checkpoint(), await own.highest()];
  const { text } = await snapshotTexts(mailboxes.gets, publisher).load("alice");
  return [checkpoint?.position, highest?.anchor?.position, text?.split("\n")[1]];
};

test("[A12] an owner that was paused puts back nothing that its successor has saved, and is over", async () => {
  const store = await startStore();
  const before = await owner(store, "before");
  const seqs = [
    await store.publisher.publish(FACTS, "1"),
    await store.publisher.publish(FACTS, "2"),
  ];
  const [first = 0, second = 0] = seqs;
  await before.reads(second);
  await before.pause();
  await before.keeper.save(first);
  await before.keeper.covered(first);
  const at = await before.snapshots.save("alice", "of one", first, 0);
  const after = await owner(store, "after");
  const third = await store.publisher.publish(FACTS, "3");
  await after.reads(third);
  await after.keeper.save(third);
  await after.keeper.covered(third);
  const found = await after.snapshots.load("alice", third);
  expect(found).toMatchObject({ saved: { state: "of one" }, at });
  await after.snapshots.save("alice", "of three", third, found.at);

  const late = [
    () => before.keeper.save(second),
    () => before.snapshots.save("alice", "of two", second, at),
  ];
  for (const each of late) await expect(each()).rejects.toThrow("another host has claimed it");
  await expect(before.keeper.done).rejects.toThrow("another host has claimed it");
  expect(await saved(store)).toEqual([third, third, "of three"]);
});

test("[A12] a copy of an owner that was paused waits for an anchor that it cannot put back", async () => {
  const store = await startStore();
  const before = await owner(store, "before");
  const first = await store.publisher.publish(FACTS, "1");
  const second = await store.publisher.publish(FACTS, "2");
  await before.reads(second);
  await before.pause();
  const after = await owner(store, "after");
  const third = await store.publisher.publish(FACTS, "3");
  await after.reads(third);
  await after.keeper.covered(third);
  await expect(before.keeper.covered(first)).rejects.toThrow("another host has claimed it");
  expect((await saved(store))[1]).toBe(third);
});

test("[A12] an owner replaces what the one before has saved late, and goes below none of its anchors", async () => {
  const store = await startStore();
  const before = await owner(store, "before");
  const after = await owner(store, "after");
  const first = await store.publisher.publish(FACTS, "1");
  await after.reads(first);
  await after.pause();
  const second = await store.publisher.publish(FACTS, "2");
  await before.reads(second);
  await before.keeper.save(second);
  await before.keeper.covered(second);
  await before.snapshots.save("alice", "late", second, 0);

  await after.keeper.save(first);
  await after.keeper.covered(first);
  await after.snapshots.save("alice", "mine", first, 0);
  expect(await saved(store)).toEqual([first, second, "mine"]);
});

test("[N6] without the stream of snapshots actors are loaded from their mailboxes, and none of them waits", async () => {
  const store = await startStore();
  const { snapshots: own } = await owner(store, "one");
  const first = await store.publisher.publish(FACTS, "1");
  await own.save("alice", "of one", first, 0);
  await store.topology.jsm.streams.delete("KV_SNAPSHOT");
  expect(await own.load("alice", first)).toEqual({ at: 0 });
  const took = stopwatch();
  const all = Array.from({ length: 1_000 }, () => own.load("alice", first));
  expect(new Set((await Promise.all(all)).map(({ saved }) => saved))).toEqual(new Set([undefined]));
  expect(took()).toBeLessThan(1_000);
});
