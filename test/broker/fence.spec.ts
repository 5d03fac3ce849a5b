import { setTimeout as wait } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { Keeper } from "../../src/actors/generations/keeper.ts";
import { prepare } from "../../src/actors/generations/prepare.ts";
import { snapshots } from "../../src/actors/generations/snapshots.ts";
import { asOwner, claimStream } from "../../src/actors/ownership/claiming.ts";
import { records } from "../../src/nats/kv/records.ts";
import { snapshotTexts } from "../../src/nats/kv/snapshots.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { source } from "../../src/nats/read/sources.ts";
import { streamLog } from "../../src/nats/read/streamlog.ts";
import { factSubject, mailboxStream } from "../../src/nats/subjects.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { stopwatch } from "../support/stopwatch.ts";
import { streamsOf } from "../support/streams.ts";
import { startCluster } from "./cluster.ts";
import { FACTS, startStore, until, type Store } from "./support.ts";

/** A stream that hosts own, one after the other, and one of its users. */
interface Place extends Pick<Store, "link" | "topology" | "publisher" | "mailboxes"> {
  readonly k: number;
  readonly user: string;
}
/** A replica that is behind shows what was there before: it is asked again, as a host does. */
const soon = <T>(look: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(look, { ...PATIENCE, interval: 50 });

/** An owner of the stream from a claim of its own, that reads, and does not look whether anybody has succeeded it. */
async function owner({ link, topology, publisher, mailboxes, k }: Place, name: string) {
  const self = { host: name, incarnation: name };
  const own = records(k, topology, publisher, Date.now);
  const streams = Array.from({ length: topology.partitions }, (_, j) => ({
    log: streamLog(j, link, topology),
    records: own,
  }));
  const { log } = streams[k]!;
  const claim = await soon(async () => {
    const seq = await claimStream({ log, records: own }, self, await log.owner());
    expect(seq).toBeDefined();
    return seq ?? 0;
  });
  const stream = { log: asOwner(log, self, claim, (ms) => wait(ms)), records: own };
  streams[k] = stream;
  const prepared = await prepare(k, streams);
  const clocked = {
    elapsed: () => performance.now(),
    delayed: () => undefined,
    unsure: () => undefined,
  };
  const keeper = new Keeper({ ...stream, ...prepared, ...clocked });
  onTestFinished(() => keeper.stop());
  const following = keeper.follow(
    source(link, topology, mailboxStream(k), "live", silent),
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
const saved = async ({ topology, publisher, mailboxes, k, user }: Place) => {
  const own = records(k, topology, publisher, Date.now);
  const [checkpoint, highest] = [await own.checkpoint(), await own.highest()];
  const { text } = await snapshotTexts(mailboxes.gets, publisher).load(user);
  return [checkpoint?.position, highest?.anchor?.position, text?.split("\n")[1]];
};
const put = ({ publisher, user }: Place, text: string): Promise<number> =>
  publisher.publish(factSubject(user), text);

async function savedAndPaused(place: Place): Promise<void> {
  const { user } = place;
  const before = await owner(place, "before");
  const [first, second] = [await put(place, "1"), await put(place, "2")];
  await before.reads(second);
  await before.pause();
  await before.keeper.save(first);
  await before.keeper.covered(first);
  const at = await before.snapshots.save(user, "of one", first, 0);
  const after = await owner(place, "after");
  const third = await put(place, "3");
  await after.reads(third);
  await soon(() => after.keeper.save(third));
  await after.keeper.covered(third);
  await soon(async () => {
    const found = await after.snapshots.load(user, third);
    expect(found).toMatchObject({ saved: { state: "of one" }, at });
  });
  await after.snapshots.save(user, "of three", third, at);

  const late = [
    () => before.keeper.save(second),
    () => before.snapshots.save(user, "of two", second, at),
  ];
  for (const each of late) await expect(each()).rejects.toThrow("another host has claimed it");
  await expect(before.keeper.done).rejects.toThrow("another host has claimed it");
  await soon(async () => expect(await saved(place)).toEqual([third, third, "of three"]));
}

async function copiedAndPaused(place: Place): Promise<void> {
  const before = await owner(place, "before");
  const [first, second] = [await put(place, "1"), await put(place, "2")];
  await before.reads(second);
  await before.pause();
  const after = await owner(place, "after");
  const third = await put(place, "3");
  await after.reads(third);
  await after.keeper.covered(third);
  await expect(before.keeper.covered(first)).rejects.toThrow("another host has claimed it");
  await soon(async () => expect((await saved(place))[1]).toBe(third));
}

async function savedLate(place: Place): Promise<void> {
  const { user } = place;
  const before = await owner(place, "before");
  const after = await owner(place, "after");
  const first = await put(place, "1");
  await after.reads(first);
  await after.pause();
  const second = await put(place, "2");
  await before.reads(second);
  await before.keeper.save(second);
  await before.keeper.covered(second);
  await before.snapshots.save(user, "late", second, 0);

  await soon(() => after.keeper.save(first));
  await after.keeper.covered(first);
  await soon(() => after.snapshots.save(user, "mine", first, 0));
  await soon(async () => expect(await saved(place)).toEqual([first, second, "mine"]));
}

/** Each on a stream of its own. */
const RULES = [
  ["an owner that was paused puts back nothing that its successor has saved", savedAndPaused],
  [
    "a copy of an owner that was paused waits for an anchor that it cannot put back",
    copiedAndPaused,
  ],
  ["an owner replaces what the one before has saved late, below none of its anchors", savedLate],
] as const;

test.each(RULES)("[A12] %s", async (_, rule) => {
  await rule({ ...(await startStore()), k: 0, user: "alice" });
});

test("[A12] the same holds where three servers keep each stream", async () => {
  const link = await (await startCluster()).connect(0);
  const topology = await streamsOf(link, { partitions: RULES.length, replicas: 3 });
  const publisher = new Publisher(link, silent, topology.destinationAt);
  publisher.start();
  onTestFinished(() => publisher.stop(0));
  const mailboxes = new MailboxLog(link, topology);
  mailboxes.start();
  const users = Array.from({ length: 100 }, (_, i) => `user-${i}`);
  await Promise.all(
    RULES.map(async ([, rule], k) => {
      const user = users.find((each) => topology.partitionOf(each) === k)!;
      await rule({ link, topology, publisher, mailboxes, k, user });
    }),
  );
});

test("[N6] without the stream of snapshots actors are loaded from their mailboxes, and none of them waits", async () => {
  const store = await startStore();
  const { snapshots: own } = await owner({ ...store, k: 0, user: "alice" }, "one");
  const first = await store.publisher.publish(FACTS, "1");
  await own.save("alice", "of one", first, 0);
  await store.topology.jsm.streams.delete("KV_SNAPSHOT");
  expect(await own.load("alice", first)).toEqual({ at: 0 });
  const took = stopwatch();
  const all = Array.from({ length: 1_000 }, () => own.load("alice", first));
  expect(new Set((await Promise.all(all)).map(({ saved }) => saved))).toEqual(new Set([undefined]));
  expect(took()).toBeLessThan(1_000);
});
