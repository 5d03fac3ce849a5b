import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { statedId } from "../../src/nats/names.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { factSubject } from "../../src/nats/subjects.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { streamsOf } from "../support/streams.ts";
import { startCluster } from "./cluster.ts";

const STREAM = "MAILBOX_0";

test("[S2] a server of the broker whose disk was emptied has everything again: another one may die behind it, and nothing is lost", async () => {
  const { brokers, connect, leaderOf } = await startCluster();
  const wish = { partitions: 1, replicas: 3 };
  await streamsOf(await connect(0), wish);
  const leader = await leaderOf(STREAM);
  const [wiped, other] = [0, 1, 2].filter((i) => i !== leader) as [number, number];
  const link = await connect(leader);
  const { jsm } = await streamsOf(link, wish);
  const publisher = new Publisher(link, silent);
  publisher.start();
  onTestFinished(() => publisher.stop(0));
  const send = (n: number): Promise<number> => {
    const to = { author: "alice", to: "bob", device: "phone", cid: `phone.${n}`, body: `${n}` };
    const fact = { type: "MessageSent", ...to } as const;
    return publisher.publish(factSubject("alice"), JSON.stringify(fact), statedId(fact));
  };
  for (let n = 1; n <= 20; n++) await send(n);
  const broker = brokers[wiped]!;
  await broker.kill();
  rmSync(join(broker.dir, "store"), { recursive: true });
  for (let n = 21; n <= 30; n++) await send(n);
  await broker.restart();
  await vi.waitFor(async () => {
    const { cluster } = await jsm.streams.info(STREAM);
    expect(cluster?.replicas?.map(({ current }) => current)).toEqual([true, true]);
  }, PATIENCE);
  // Without it, two are left: the one that leads, and the one that was wiped.
  await brokers[other]!.kill();
  const last = await send(31);
  const { state } = await jsm.streams.info(STREAM);
  // The first entry is the stream's own.
  expect([state.messages, state.last_seq]).toEqual([last, last]);
});
