import { describe, expect, test } from "vitest";
import { mailboxStream, nextSubject } from "../../src/nats/subjects.ts";
import type { Pace } from "../../src/nats/read/pace.ts";
import { COPIES, FACTS, startStore, until, type Store } from "../broker/support.ts";

const fill = (store: Store, from: number, count: number): Promise<number[]> =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      store.publisher.publish(i % 2 === 0 ? FACTS : COPIES, `${from + i}`, `${from + i}`),
    ),
  );
const count = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** The name of the stream's only consumer. */
async function consumerOf({ topology }: Store): Promise<string> {
  const [only] = await topology.jsm.consumers.list(mailboxStream(0)).next();
  return only?.name ?? "";
}

/** Somebody else asks the follower's own consumer, so one of its deliveries goes astray. */
async function steal(store: Store, name: string): Promise<number> {
  const { nc } = store.link;
  const inbox = "_INBOX_posthorn.thief";
  const stolen = new Promise<number>((seen) => {
    nc.subscribe(inbox, { max: 1, callback: (_error, msg) => seen(Number(msg.string())) });
  });
  const question = JSON.stringify({ batch: 1, expires: 10e9 });
  nc.publish(nextSubject(mailboxStream(0), name), question, { reply: inbox });
  await nc.flush();
  await fill(store, 11, 10);
  return stolen;
}

/** Entries that come while a first batch is not taken, with it: live ones are parsed in the turn of the loop that has the sockets in it, and a burst meets code that has not run yet. */
const FIRST: Readonly<Record<Pace, number>> = { live: 64 + 256, gathering: 2 * 2_048 };

describe.each<Pace>(["live", "gathering"])("a follower that is %s", (pace) => {
  test("begins behind the seq it is given and goes on for ever", async () => {
    const store = await startStore();
    await fill(store, 1, 5_000);
    const seqs: number[] = [];
    store.follow(1_001, (batch) => void seqs.push(...batch.map(({ seq }) => seq)), pace);
    await until(() => seqs.length === 4_000);
    await fill(store, 5_001, 10);
    await until(() => seqs.length === 4_010);
    expect(seqs).toEqual(count(1_002, 5_011));
  });

  test("says when all that was there has been taken, also where the newest entry is gone", async () => {
    const store = await startStore();
    await fill(store, 1, 3_000);
    await store.topology.jsm.streams.deleteMessage(mailboxStream(0), 3_001);
    let taken = 0;
    const following = store.follow(
      0,
      async ({ length }) => {
        await new Promise((done) => setImmediate(done));
        taken += length;
      },
      pace,
    );
    await following.caughtUp;
    expect(taken).toBe(2_999);
    await store.follow(3_000, () => undefined, pace).caughtUp;
  });

  test("says of each entry whose it is, of what kind, and when it was stored", async () => {
    const store = await startStore();
    const before = Date.now();
    await fill(store, 1, 2);
    const [fact, copy] = await store.all();
    expect(fact).toMatchObject({ kind: "fact", owner: "alice", seq: 2, raw: "1" });
    expect(copy).toMatchObject({ kind: "copy", owner: "alice", seq: 3, raw: "2" });
    expect(fact?.at).toBeGreaterThanOrEqual(before);
    expect(fact?.at).toBeLessThanOrEqual(Date.now());
  });

  test("that cannot hand something over, fails and hands over nothing behind it", async () => {
    const store = await startStore();
    const seqs: number[] = [];
    const { done } = store.follow(
      0,
      (batch) => {
        seqs.push(...batch.map(({ seq }) => seq));
        throw new Error("not now");
      },
      pace,
    );
    await fill(store, 1, 1);
    await expect(done).rejects.toThrow("not now");
    await fill(store, 2, 10);
    expect(await store.all()).toHaveLength(11);
    expect(seqs).toEqual([2]);
  });

  test("misses and repeats nothing when the broker is killed under it", async () => {
    const store = await startStore();
    const seqs: number[] = [];
    store.follow(0, (batch) => void seqs.push(...batch.map(({ seq }) => seq)), pace);
    for (let round = 0; round < 2; round++) {
      const stored = fill(store, 1 + 3_000 * round, 3_000);
      await until(() => seqs.length > 3_000 * round + 300);
      await store.crash();
      await stored;
    }
    await until(() => seqs.length >= 6_000);
    expect(seqs).toEqual(count(2, 6_001));
  });

  test("makes a new consumer when the broker has lost the one it had", async () => {
    const store = await startStore();
    const seqs: number[] = [];
    store.follow(0, (batch) => void seqs.push(...batch.map(({ seq }) => seq)), pace);
    await fill(store, 1, 10);
    await until(() => seqs.length === 10);
    const { consumers } = store.topology.jsm;
    for await (const { name } of consumers.list(mailboxStream(0)))
      await consumers.delete(mailboxStream(0), name);
    await fill(store, 11, 10);
    await until(() => seqs.length >= 20);
    expect(seqs).toEqual(count(2, 21));
  });

  test("notices a delivery that went astray, and misses and repeats nothing", async () => {
    const store = await startStore();
    const seqs: number[] = [];
    store.follow(0, (batch) => void seqs.push(...batch.map(({ seq }) => seq)), pace);
    await fill(store, 1, 10);
    await until(() => seqs.length === 10);
    const name = await consumerOf(store);
    const stolen = await steal(store, name);
    expect(count(11, 20)).toContain(stolen);
    await until(() => seqs.length >= 20);
    expect(seqs).toEqual(count(2, 21));
  });

  test("does not run ahead of the taking by more than a batch", async () => {
    const store = await startStore();
    await fill(store, 1, 6_000);
    const seqs: number[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((go) => (open = go));
    store.follow(
      0,
      async (batch) => {
        seqs.push(...batch.map(({ seq }) => seq));
        await gate;
      },
      pace,
    );
    await until(() => seqs.length > 0);
    const only = () => store.topology.jsm.consumers.list(mailboxStream(0)).next();
    const delivered = async () => (await only())[0]?.delivered.consumer_seq;
    let last: number | undefined;
    let now = await delivered();
    while (now !== last) [last, now] = [now, await delivered()];
    expect(now).toBeLessThanOrEqual(FIRST[pace]);
    const name = (await only())[0]?.name;
    open();
    await until(() => seqs.length >= 6_000);
    expect(seqs).toEqual(count(2, 6_001));
    expect((await only())[0]?.name, "no new consumer was needed").toBe(name);
  });

  test("that is stopped leaves no consumer behind", async () => {
    const store = await startStore();
    await fill(store, 1, 10);
    const seqs: number[] = [];
    const following = store.follow(
      0,
      (batch) => void seqs.push(...batch.map(({ seq }) => seq)),
      pace,
    );
    await until(() => seqs.length === 10);
    await following.stop();
    await following.done;
    expect((await store.topology.jsm.streams.info(mailboxStream(0))).state.consumer_count).toBe(0);
  });

  test("fails for good when an entry cannot be taken", async () => {
    const store = await startStore();
    await fill(store, 1, 1);
    const following = store.follow(0, () => Promise.reject(new Error("the disk is full")), pace);
    await expect(following.done).rejects.toThrow("the disk is full");
  });
});

describe("a follower that is live", () => {
  test("asks ahead for four times what its last batch had, 64 to 256", async () => {
    const store = await startStore();
    await fill(store, 1, 2_000);
    const sizes: number[] = [];
    const only = () => store.topology.jsm.consumers.list(mailboxStream(0)).next();
    const delivered = async () => (await only())[0]?.delivered.consumer_seq;
    let taken = 0;
    const take = async ({ length }: readonly unknown[]): Promise<void> => {
      const ahead = Math.min(256, Math.max(64, 4 * length));
      taken += length;
      if (sizes.push(length) > 6) return;
      let came: number;
      do came = (await delivered()) ?? 0;
      while (came < taken + ahead / 2);
      expect(came).toBeLessThanOrEqual(taken + ahead);
    };
    await store.follow(1, take, "live").caughtUp;
    expect(sizes[0]).toBeLessThanOrEqual(64);
    expect(Math.max(...sizes)).toBeGreaterThan(128);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256);
  });
});

describe("a follower that is gathering", () => {
  test("is not woken while it takes, and then has all that has gathered as one batch", async () => {
    const store = await startStore();
    const batches: number[][] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((go) => (open = go));
    const take = async (batch: readonly { seq: number }[]) => {
      batches.push(batch.map(({ seq }) => seq));
      await gate;
    };
    store.follow(1, take, "gathering");
    await fill(store, 1, 1);
    await until(() => batches.length === 1);
    await fill(store, 2, 500);
    const [consumer] = await store.topology.jsm.consumers.list(mailboxStream(0)).next();
    expect(consumer?.delivered.consumer_seq).toBe(1);
    open();
    await until(() => batches.flat().length === 501);
    expect(batches).toEqual([[2], count(3, 502)]);
  });

  test("catches up in batches as large as they may be", async () => {
    const store = await startStore();
    await fill(store, 1, 7_000);
    const sizes: number[] = [];
    store.follow(1, ({ length }) => void sizes.push(length), "gathering");
    await until(() => sizes.reduce((sum, size) => sum + size, 0) === 7_000);
    expect(sizes).toEqual([2_048, 2_048, 2_048, 856]);
  });
});
