import { describe, expect, onTestFinished, test } from "vitest";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { UnavailableError } from "../../src/nats/publish/publication.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { factSubject } from "../../src/nats/subjects.ts";
import { silent } from "../support/silent.ts";
import { stopwatch } from "../support/stopwatch.ts";
import { startPlaced, userOf } from "./placed.ts";
import { until } from "./support.ts";
import { streamsOf } from "../support/streams.ts";

/** A process's publisher and reader, at the broker that holds all but partition 1. */
async function beside() {
  const placed = await startPlaced();
  const link = await placed.connect(0);
  const topology = await streamsOf(link, { partitions: 2, replicas: 1 });
  const publishing = (): Publisher => {
    const publisher = new Publisher(link, silent, topology.destinationAt);
    publisher.start();
    onTestFinished(() => publisher.stop(0));
    return publisher;
  };
  const mailboxes = new MailboxLog(await placed.connect(0), topology);
  mailboxes.start();
  onTestFinished(() => mailboxes.stop());
  return { home: placed.home, publisher: publishing(), publishing, mailboxes };
}

/** Somebody who waits for the answer, and will repeat it. Resolves with the ms after which that was refused. */
async function refusedAfter(publisher: Publisher, user: string): Promise<number> {
  const took = stopwatch();
  const subject = factSubject(user);
  await expect(
    new Promise<number>((stored, failed) => {
      publisher.put({ subject, hasty: true, payload: () => "hasty", stored, failed });
    }),
  ).rejects.toBeInstanceOf(UnavailableError);
  return took();
}

const [alice, dave] = [userOf(0, "alice"), userOf(1, "dave")];

describe("while the broker of one stream is paused", () => {
  test("[N3] its mailboxes wait, and those of other streams are read as before", async () => {
    const { home, publisher, mailboxes } = await beside();
    const seq = await publisher.publish(factSubject(alice), "hello");
    process.kill(home.pid, "SIGSTOP");
    const stuck = Promise.allSettled(Array.from({ length: 50 }, () => mailboxes.head(dave)));
    const took = stopwatch();
    expect(await mailboxes.head(alice)).toBe(seq);
    expect(took()).toBeLessThan(2_000);
    process.kill(home.pid, "SIGCONT");
    await stuck;
  });

  test("[N1] publishes to others are stored as before, those to it refused once it is known to be away", async () => {
    const { home, publisher, publishing } = await beside();
    const put = (user: string, text: string): Promise<number> =>
      publisher.publish(factSubject(user), text);
    await put(dave, "before");
    process.kill(home.pid, "SIGSTOP");
    const stuck = Array.from({ length: 2_000 }, (_, n) => put(dave, `${n}`));
    const outcomes = Promise.allSettled(stuck);
    const lone = publishing();
    const first = refusedAfter(lone, dave);
    const took = stopwatch();
    for (let n = 0; n < 100; n++) await put(alice, `${n}`);
    expect(took()).toBeLessThan(2_000);
    expect(publisher.isAway(factSubject(dave))).toBe(false);
    await until(() => publisher.isAway(factSubject(dave)));
    await expect(put(dave, "late")).rejects.toBeInstanceOf(UnavailableError);
    const before = performance.now();
    await put(alice, "meanwhile");
    expect(publisher.isAway(factSubject(alice))).toBe(false);
    expect(publisher.storedAt).toBeGreaterThanOrEqual(before);
    // With nobody else who waits, each is asked for, and for no longer than a stream needs that is back.
    await first;
    for (let n = 0; n < 3; n++) {
      expect(lone.refuses(factSubject(dave))).toBe(false);
      expect(await refusedAfter(lone, dave)).toBeLessThan(1_500);
    }
    expect(publisher.refuses(factSubject(dave))).toBe(true);
    process.kill(home.pid, "SIGCONT");
    // Those that were under way are stored, those that waited behind them were refused.
    const stored = (await outcomes).filter(({ status }) => status === "fulfilled");
    expect(stored).toHaveLength(1_024);
    expect(publisher.isAway(factSubject(dave))).toBe(false);
    await put(dave, "after");
  });
});
