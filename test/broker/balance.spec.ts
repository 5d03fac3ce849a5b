import { describe, expect, onTestFinished, test } from "vitest";
import { leaderMoves, type Replicated } from "../../src/nats/balance/leaders.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { factSubject, mailboxStream } from "../../src/nats/subjects.ts";
import { startBroker } from "../support/broker.ts";
import { posthorn } from "../../src/cli/posthorn.ts";
import { commanded } from "../support/command.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { nameOf, startCluster } from "./cluster.ts";
import { streamsOf } from "../support/streams.ts";

const ALL = ["a", "b", "c"];
const kept = (stream: string, leader: string | undefined, ready = ALL): Replicated => ({
  stream,
  leader,
  ready,
});

describe("leaders are spread", () => {
  /** How many of the streams each server leads behind the moves. */
  const behind = (streams: readonly Replicated[]) => {
    const to = new Map(leaderMoves(streams).map((move) => [move.stream, move.to]));
    return streams.map(({ stream, leader }) => to.get(stream) ?? leader);
  };
  const mailboxes = (leaders: readonly (string | undefined)[]) =>
    leaders.map((leader, k) => kept(mailboxStream(k), leader));

  test("so that no server leads more than one mailbox stream more than another", () => {
    const led = behind(mailboxes(["a", "a", "a", "a", "a", "a"]));
    expect(ALL.map((server) => led.filter((each) => each === server).length)).toEqual([2, 2, 2]);
    expect(leaderMoves(mailboxes(["a", "a", "b", "c"]))).toEqual([]);
    expect(leaderMoves(mailboxes(["a", "a", "a", "c"]))).toHaveLength(1);
  });

  test("with the checkpoints of each stream beside it", () => {
    const streams = [kept("MAILBOX_0", "a"), kept("CHECKPOINT_0", "b"), kept("ACTIVITY", "c")];
    expect(leaderMoves(streams)).toEqual([{ stream: "CHECKPOINT_0", from: "b", to: "a" }]);
  });

  test("to no server that has not all of the stream, and not of a stream that nobody leads", () => {
    const behindOnes = [0, 1, 2, 3].map((k) => kept(mailboxStream(k), "a", ["a", "b"]));
    expect(leaderMoves(behindOnes).map(({ to }) => to)).toEqual(["b", "b"]);
    expect(leaderMoves(behindOnes.map((each) => ({ ...each, ready: ["a"] })))).toEqual([]);
    expect(leaderMoves([kept("MAILBOX_0", undefined), kept("MAILBOX_1", undefined)])).toEqual([]);
  });
});

test("one server leads everything: the command spreads it under load, and everything that was acknowledged is there once", async () => {
  const { brokers, connect } = await startCluster();
  const link = await connect(0);
  const wish = { partitions: 3, replicas: 3 };
  const topology = await streamsOf(link, wish);
  const { jsm } = topology;
  const leaders = (): Promise<(string | undefined)[]> =>
    Promise.all(
      [0, 1, 2].map(async (k) => (await jsm.streams.info(mailboxStream(k))).cluster?.leader),
    );
  for (const k of [0, 1, 2]) {
    const placement = JSON.stringify({ placement: { preferred: nameOf(0) } });
    await link.nc.request(
      `$JS.API.STREAM.LEADER.STEPDOWN.${mailboxStream(k)}`,
      placement,
      PATIENCE,
    );
  }
  await expect.poll(leaders, PATIENCE).toEqual(Array(3).fill(nameOf(0)));
  const publisher = new Publisher(link, silent, topology.destinationAt);
  publisher.start();
  onTestFinished(() => publisher.stop(0));
  const acked: number[] = [];
  let isOver = false;
  const load = (async () => {
    for (let n = 0; !isOver; n++) {
      const user = `u${n % 97}`;
      await publisher.publish(factSubject(user), JSON.stringify({ n }), `f:${user}:${n}`);
      acked.push(n);
    }
  })();
  const env = { NATS_URL: brokers.map(({ url }) => url).join(",") };
  const { code, out, err } = await commanded(posthorn, ["cluster", "balance"], env);
  isOver = true;
  await load;
  expect([code, err, out]).toEqual([0, "", expect.stringContaining(`${nameOf(0)} → ${nameOf(1)}`)]);
  const led = await leaders();
  expect(ALL.map((_, i) => led.filter((leader) => leader === nameOf(i)).length)).toEqual([1, 1, 1]);
  const stored: number[] = [];
  for (const k of [0, 1, 2]) {
    const { state } = await jsm.streams.info(mailboxStream(k));
    for (let seq = 2; seq <= state.last_seq; seq++)
      stored.push(
        (await jsm.streams.getMessage(mailboxStream(k), { seq }))!.json<{ n: number }>().n,
      );
  }
  expect(stored.toSorted((a, b) => a - b)).toEqual(acked);
});

test("on one server there is nothing to spread, and the command says so in one sentence", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const env = { NATS_URL: broker.url };
  expect(await commanded(posthorn, ["cluster", "balance"], env)).toMatchObject({
    code: 1,
    err: "posthorn: there are no streams yet: posthorn init\n",
  });
  await commanded(posthorn, ["init"], env);
  expect(await commanded(posthorn, ["cluster", "balance"], env)).toMatchObject({
    code: 1,
    err: "posthorn: each stream is on one server, so that no other can lead it: there is nothing to spread\n",
  });
});
