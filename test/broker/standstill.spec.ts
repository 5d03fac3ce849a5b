import { expect, onTestFinished, test } from "vitest";
import { directGetSubject, mailboxStream, ownerSubject } from "../../src/nats/subjects.ts";
import { streamsOf } from "../support/streams.ts";
import { startCluster } from "./cluster.ts";

const STREAM = mailboxStream(0);
/** Three pings of 2 s, and what a busy machine takes; without those of brokerconf.mjs it is 90 s. */
const LEFT_MS = 20_000;
/** Each has one chance in three to be handed to the server that stands still, as long as that counts. */
const READS = 20;
const ANSWER_MS = 300;

test("a server of the broker that stands still is soon asked nothing any more, and the others answer every read", async () => {
  const cluster = await startCluster();
  await streamsOf(await cluster.connect(0), { partitions: 1, replicas: 3 });
  // It answers reads from the beginning.
  const leader = await cluster.leaderOf(STREAM);
  const link = await cluster.connect((leader + 1) % 3);
  const read = (): Promise<boolean> =>
    link.nc
      .request(`${directGetSubject(STREAM)}.${ownerSubject(0)}`, "", { timeout: ANSWER_MS })
      .then(
        ({ headers }) => headers?.get("Nats-Stream") === STREAM,
        () => false,
      );
  const answered = async (): Promise<number> => {
    const answers = await Promise.all(Array.from({ length: READS }, read));
    return answers.filter(Boolean).length;
  };
  await expect.poll(answered, { timeout: 10_000 }).toBe(READS);
  const { pid } = cluster.brokers[leader]!;
  process.kill(pid, "SIGSTOP");
  onTestFinished(() => void process.kill(pid, "SIGCONT"));
  // A process stops a moment behind the signal.
  await expect.poll(answered, { timeout: LEFT_MS, interval: 0 }).toBeLessThan(READS);
  await expect.poll(answered, { timeout: LEFT_MS, interval: 100 }).toBe(READS);
});
