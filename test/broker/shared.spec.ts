import { describe, expect, onTestFinished, test } from "vitest";
import { source } from "../../src/nats/read/reader.ts";
import { shared } from "../../src/nats/read/shared.ts";
import { mailboxStream } from "../../src/nats/subjects.ts";
import { silent } from "../projections/support.ts";
import { FACTS, startStore, until, type Store } from "./support.ts";

const STREAM = mailboxStream(0);
const count = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

async function fill(store: Store, to: number): Promise<void> {
  const { last_seq } = (await store.topology.jsm.streams.info(STREAM)).state;
  const seqs = count(last_seq + 1, to);
  await Promise.all(seqs.map((n) => store.publisher.publish(FACTS, `${n}`, `${n}`)));
}

async function readings(store: Store): Promise<number> {
  let found = 0;
  for await (const _ of store.topology.jsm.consumers.list(STREAM)) found++;
  return found;
}

/** A stream for two, and one way to follow it that notes what has come. */
async function startShared() {
  const store = await startStore();
  const stream = shared(source(store.link, store.topology, STREAM, silent), 2, silent);
  const follow = (after: number, wait: () => Promise<void> | void = () => undefined) => {
    const seqs: number[] = [];
    const following = stream.follow(after, async (batch) => {
      await wait();
      seqs.push(...batch.map(({ seq }) => seq));
    });
    onTestFinished(() => following.stop());
    return { seqs, following };
  };
  return { store, follow };
}

describe("a shared reading", () => {
  test("gives each follower every entry once, and costs the broker one consumer", async () => {
    const { store, follow } = await startShared();
    await fill(store, 3_000);
    const [one, other] = [follow(0), follow(1_000)];
    await fill(store, 6_000);
    await until(() => one.seqs.length === 6_000 && other.seqs.length === 5_000);
    expect(await readings(store)).toBe(1);
    expect(one.seqs).toEqual(count(1, 6_000));
    expect(other.seqs).toEqual(count(1_001, 6_000));
  });

  test("misses and repeats nothing when the broker is killed under it", async () => {
    const { store, follow } = await startShared();
    const [one, other] = [follow(0), follow(0)];
    const stored = fill(store, 3_000);
    await until(() => one.seqs.length > 300);
    await store.crash();
    await stored;
    await until(() => one.seqs.length >= 3_000 && other.seqs.length >= 3_000);
    expect(one.seqs).toEqual(count(1, 3_000));
    expect(other.seqs).toEqual(count(1, 3_000));
  });

  test("is not for who begins far behind, nor for who comes later", async () => {
    const { store, follow } = await startShared();
    await fill(store, 10_100);
    const [near, far] = [follow(10_050), follow(0)];
    await until(() => near.seqs.length === 50 && far.seqs.length === 10_100);
    expect(await readings(store)).toBe(2);
    const late = follow(10_000);
    await until(() => late.seqs.length === 100);
    expect(await readings(store)).toBe(3);
    expect(far.seqs).toEqual(count(1, 10_100));
    expect(late.seqs).toEqual(count(10_001, 10_100));
  });

  test("leaves behind who keeps the others waiting; nothing is missed", async () => {
    const { store, follow } = await startShared();
    let open: () => void = () => undefined;
    const gate = new Promise<void>((go) => (open = go));
    const [quick, slow] = [follow(0), follow(0, () => gate)];
    await fill(store, 6_000);
    await until(() => quick.seqs.length === 6_000);
    expect(slow.seqs).toEqual([]);
    open();
    await until(() => slow.seqs.length === 6_000);
    expect(slow.seqs).toEqual(count(1, 6_000));
    expect(quick.seqs).toEqual(count(1, 6_000));
  });

  test("goes on for one when the other has stopped or failed, and ends with the last", async () => {
    const { store, follow } = await startShared();
    const fails = follow(0, () => {
      throw new Error("full");
    });
    const goesOn = follow(0);
    await Promise.all([expect(fails.following.done).rejects.toThrow("full"), fill(store, 100)]);
    await fill(store, 200);
    await until(() => goesOn.seqs.length === 200);
    await goesOn.following.stop();
    await goesOn.following.done;
    expect(await readings(store)).toBe(0);
    expect(fails.seqs).toEqual([]);
  });

  test("can be stopped before it has begun", async () => {
    const { follow } = await startShared();
    const { following } = follow(0);
    await following.stop();
    await following.done;
  });
});
