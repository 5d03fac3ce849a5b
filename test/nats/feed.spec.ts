import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Link } from "../../src/nats/connection.ts";
import { records } from "../../src/nats/kv/records.ts";
import { lastOwner } from "../../src/nats/owners.ts";
import { asking } from "../../src/nats/read/again.ts";
import { entryAt } from "../../src/nats/read/entryat.ts";
import { Feed, type Eater } from "../../src/nats/read/feed.ts";
import { ACTIVITY_STREAM } from "../../src/nats/subjects.ts";
import type { Topology } from "../../src/nats/topology.ts";
import { silent } from "../support/silent.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Somebody who is to be fed from a stream whose leader answers no question of these first ones, and counts what is asked. */
function hungry(unanswered: number, replicas: number) {
  const counts = { asked: 0, renewed: 0 };
  const info = (): Promise<unknown> =>
    ++counts.asked <= unanswered
      ? new Promise(() => undefined)
      : Promise.resolve({ state: { last_seq: 0 }, config: { num_replicas: replicas } });
  const made = { num_pending: 0, cluster: { leader: "n1" } };
  let isLost = false;
  let back: () => void = () => undefined;
  const add = (): Promise<unknown> =>
    isLost ? new Promise(() => undefined) : Promise.resolve(made);
  const consumers = { add };
  const link = {
    nc: { subscribe: () => ({ unsubscribe: () => undefined }) },
    inbox: () => "_INBOX_posthorn.spec",
    onReconnect: (listener: () => void) => ((back = listener), () => undefined),
    connected: () => true,
  } as unknown as Link;
  const topology = { replicas, jsm: { streams: { info }, consumers } } as unknown as Topology;
  const eater: Eater = {
    seen: { seq: 0, generation: 0 },
    isOwed: false,
    isBusy: false,
    entry: () => undefined,
    over: () => undefined,
    interrupted: () => undefined,
    renewed: () => void counts.renewed++,
    failed: () => undefined,
  };
  /** Questions for a consumer get lost from now on, or no more. */
  const lose = (lost: boolean): void => void (isLost = lost);
  return {
    counts,
    lose,
    reconnect: () => back(),
    feed: new Feed({ link, topology, stream: ACTIVITY_STREAM, log: silent }, eater),
  };
}

test("[N7] a reader whose stream's leader stands still asks the next one behind a quarter of a second, then behind half a second", async () => {
  const { counts, feed } = hungry(2, 3);
  feed.start();
  for (const [ms, asked, renewed] of [
    [249, 1, 0],
    [1, 2, 0],
    [499, 2, 0],
    [1, 3, 1],
  ] as const) {
    await vi.advanceTimersByTimeAsync(ms);
    expect(counts).toEqual({ asked, renewed });
  }
  feed.stop();
});

test("a question that is put again lets the first answer count, however slow it is, and fails as the first one does", async () => {
  let answerFirst: (text: string) => void = () => undefined;
  const slow = new Promise<string>((answered) => (answerFirst = answered));
  let asked = 0;
  const ask = (): Promise<string> => (asked++ === 0 ? slow : Promise.reject(new Error("later")));
  const answer = asking(ask, 250);
  await vi.advanceTimersByTimeAsync(900);
  answerFirst("slow");
  expect(await answer).toBe("slow");
  await expect(asking(() => Promise.reject(new Error("first")), 250)).rejects.toThrow("first");
  expect(vi.getTimerCount()).toBe(0);
});

test("[N7] a reader whose connection breaks while it has a consumer made has another one made as soon as there is another connection", async () => {
  const { counts, feed, lose, reconnect } = hungry(0, 3);
  lose(true);
  feed.start();
  await vi.advanceTimersByTimeAsync(300);
  expect(counts.renewed).toBe(0);
  lose(false);
  reconnect();
  await vi.advanceTimersByTimeAsync(0);
  expect(counts.renewed).toBe(1);
  // The one that was being made is nobody's.
  await vi.advanceTimersByTimeAsync(10_000);
  expect(counts.renewed).toBe(1);
  feed.stop();
});

test("what an owner, a record or a comparison asks of a server that has gone is asked again behind a quarter of a second", async () => {
  let asked = 0;
  const word = { type: "StreamBegan", epoch: "e", earlier: [], marks: [], rules: 1, layout: 1 };
  const found = {
    seq: 1,
    data: Buffer.from(JSON.stringify(word)),
    timestamp: "2026-11-01T00:00:00Z",
  };
  const never = new Promise<never>(() => undefined);
  const getMessage = () => (asked++ === 0 ? never : Promise.resolve(found));
  const jsm = { direct: { getMessage } } as unknown as Parameters<typeof lastOwner>[0];
  const gets = { jsm } as unknown as Parameters<typeof records>[1];
  const publisher = { replace: () => never };
  for (const ask of [
    () => lastOwner(jsm, 0),
    () => entryAt(jsm, "MAILBOX_0", 1),
    () => records(0, gets, publisher, () => 0).highest(),
  ]) {
    asked = 0;
    const answer = ask();
    await vi.advanceTimersByTimeAsync(249);
    expect(asked).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await answer;
  }
});

test("an entry that a replica does not find is asked for three times: one that is behind, or a mirror, finds nothing where there is something", async () => {
  let asked = 0;
  const gone = 9;
  const getMessage = (_: string, { seq }: { seq: number }) =>
    Promise.resolve(++asked < 3 || seq === gone ? null : { seq });
  const jsm = { direct: { getMessage } } as unknown as Parameters<typeof entryAt>[0];
  expect(await entryAt(jsm, "MAILBOX_0", 1)).toEqual({ seq: 1 });
  asked = 0;
  expect(await entryAt(jsm, "MAILBOX_0", gone)).toBeUndefined();
  expect(asked).toBe(3);
});
