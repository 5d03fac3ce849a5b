import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Link } from "../../src/nats/connection.ts";
import { asking } from "../../src/nats/read/again.ts";
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
