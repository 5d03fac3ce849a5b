import { describe, expect, test } from "vitest";
import type { Source } from "../../src/events/source.ts";
import { source } from "../../src/nats/read/sources.ts";
import { mailboxStream } from "../../src/nats/subjects.ts";
import { FACTS, startStore, until } from "../broker/support.ts";
import { mailbox } from "../support/mailbox.ts";
import { silent } from "../support/silent.ts";
import { MemorySource } from "../support/stream.ts";

/** A stream that is written to, and loses entries. */
interface Stream {
  readonly source: Source;
  /** Stores so many more. */
  store(count: number): Promise<void>;
  /** Removes the newest entry, as if it had never been; its seq is not used again. */
  loseNewest(): Promise<void>;
}

/** The seq up to which a stream has been written by itself: the broker's has an entry about itself. */
const own = async (stream: Stream): Promise<number> => stream.source.last();

async function memory(): Promise<Stream> {
  const stream = new MemorySource();
  const alice = mailbox("alice");
  return {
    source: stream,
    store: async (count) => {
      const last = await stream.last();
      for (let i = 1; i <= count; i++) stream.store(alice.sent(last + i, "bob"));
      stream.clock = stream.entries.at(-1)?.at ?? 0;
    },
    loseNewest: async () => {
      stream.erased = stream.entries.pop()?.seq ?? 0;
    },
  };
}

async function broker(): Promise<Stream> {
  const { link, topology, publisher } = await startStore();
  const name = mailboxStream(0);
  return {
    source: source(link, topology, name, "gathering", silent),
    store: async (count) => {
      const { raw } = mailbox("alice").sent(1, "bob");
      await Promise.all(Array.from({ length: count }, () => publisher.publish(FACTS, raw)));
    },
    loseNewest: async () => {
      const { state } = await topology.jsm.streams.info(name);
      await topology.jsm.streams.deleteMessage(name, state.last_seq);
    },
  };
}

const counted = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + 1 + i);

describe.each([
  ["in memory", memory],
  ["of the broker", broker],
] as const)("a stream %s", (_, make) => {
  test("hands over every entry behind a seq, in order, and goes on", async () => {
    const stream = await make();
    const start = await own(stream);
    await stream.store(250);
    const seqs: number[] = [];
    const following = stream.source.follow(
      start + 100,
      (batch) => void seqs.push(...batch.map(({ seq }) => seq)),
    );
    await following.caughtUp;
    expect(seqs).toEqual(counted(start + 100, 150));
    await stream.store(5);
    await until(() => seqs.length === 155);
    expect(seqs).toEqual(counted(start + 100, 155));
    await following.stop();
  });

  test("says how far it is, and that all that is there has come, though its newest entry is gone", async () => {
    const stream = await make();
    const start = await own(stream);
    await stream.store(10);
    await stream.loseNewest();
    expect(await stream.source.last()).toBe(start + 10);
    const seqs: number[] = [];
    const following = stream.source.follow(
      start,
      (batch) => void seqs.push(...batch.map(({ seq }) => seq)),
    );
    await following.caughtUp;
    expect(seqs).toEqual(counted(start, 9));
    await following.stop();
    const again = stream.source.follow(start + 9, () => undefined);
    await again.caughtUp;
    await again.stop();
    await stream.store(1);
    expect(await stream.source.last()).toBe(start + 11);
  });

  test("ends in the error of its follower, and hands over nothing behind it", async () => {
    const stream = await make();
    const start = await own(stream);
    await stream.store(1);
    let taken = 0;
    const { done } = stream.source.follow(start, () => {
      taken++;
      throw new Error("not now");
    });
    await expect(done).rejects.toThrow("not now");
    await stream.store(3);
    expect(taken).toBe(1);
  });

  test("waits with the next entries until those in hand are taken, and with its end as well", async () => {
    const stream = await make();
    const start = await own(stream);
    await stream.store(20);
    let inHand = 0;
    let most = 0;
    const following = stream.source.follow(start, async () => {
      most = Math.max(most, ++inHand);
      await new Promise((done) => setImmediate(done));
      inHand--;
    });
    await following.caughtUp;
    await stream.store(20);
    await following.stop();
    await following.done;
    expect([most, inHand]).toEqual([1, 0]);
  });

  test("has the time by the clock that its entries are stamped with", async () => {
    const stream = await make();
    const start = await own(stream);
    await stream.store(1);
    let at = 0;
    const following = stream.source.follow(start, ([entry]) => void (at = entry?.at ?? 0));
    await following.caughtUp;
    await following.stop();
    const time = await stream.source.time();
    expect(time).toBeGreaterThanOrEqual(at);
    expect(time - at).toBeLessThan(60_000);
  });
});
