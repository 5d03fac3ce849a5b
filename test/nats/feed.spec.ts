import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Link } from "../../src/nats/connection.ts";
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
  const consumers = { add: async () => ({ num_pending: 0, cluster: { leader: "n1" } }) };
  const link = {
    nc: { subscribe: () => ({ unsubscribe: () => undefined }) },
    inbox: () => "_INBOX_posthorn.spec",
    onReconnect: () => () => undefined,
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
  return {
    counts,
    feed: new Feed({ link, topology, stream: ACTIVITY_STREAM, log: silent }, eater),
  };
}

test("[N7] a reader whose stream's leader stands still asks the next one behind a quarter of a second, then behind half a second", async () => {
  const { counts, feed } = hungry(2, 3);
  feed.start();
  for (const [ms, asked, renewed] of [
    [250, 1, 0],
    [250, 2, 0],
    [500, 2, 0],
    [250, 3, 1],
  ] as const) {
    await vi.advanceTimersByTimeAsync(ms);
    expect(counts).toEqual({ asked, renewed });
  }
  feed.stop();
});

test("with one replica there is no other leader: it waits for the answer", async () => {
  const { counts, feed } = hungry(1, 1);
  feed.start();
  await vi.advanceTimersByTimeAsync(4_900);
  expect(counts).toEqual({ asked: 1, renewed: 0 });
  feed.stop();
});
