import { describe, expect, onTestFinished, test } from "vitest";
import { leaderMoves, type Replicated } from "../../src/nats/balance/leaders.ts";
import { leaderships } from "../../src/nats/balance/stepdown.ts";
import type { Link } from "../../src/nats/connection.ts";
import type { Topology } from "../../src/nats/topology.ts";
import { isWhole, nextReplicaMove, type ReplicaMove } from "../../src/nats/balance/replicas.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { checkpointStream, factSubject, mailboxStream } from "../../src/nats/subjects.ts";
import { startBroker } from "../support/broker.ts";
import { posthorn } from "../../src/cli/posthorn.ts";
import { commanded } from "../support/command.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { nameOf, startCluster } from "./cluster.ts";
import { streamsOf } from "../support/streams.ts";

const ALL = ["a", "b", "c"];
const kept = (
  stream: string,
  leader: string | undefined,
  ready = ALL,
  all = ready,
): Replicated => ({ stream, leader, ready, kept: all, replicas: 3 });

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

describe("replicas are spread", () => {
  const FIVE = ["a", "b", "c", "d", "e"];
  const sixteen = Array.from({ length: 16 }, (_, k) => [
    kept(mailboxStream(k), "a"),
    kept(checkpointStream(k), "b"),
  ]).flat();
  /** All moves, one by one, each as the broker is expected to carry it out. */
  function movedAll(streams: readonly Replicated[], servers: readonly string[]) {
    const moves: ReplicaMove[] = [];
    let now = streams;
    for (;;) {
      const next = nextReplicaMove(now, servers);
      if (next === undefined) return { moves, now };
      moves.push(next);
      now = now.map((each) =>
        each.stream === next.stream
          ? { ...each, kept: [...each.kept.filter((server) => server !== next.from), next.to] }
          : each,
      );
    }
  }
  const keptBy = (streams: readonly Replicated[], server: string) =>
    streams.filter((each) => each.kept.includes(server)).length;

  test("over two new servers, so that all keep as many streams, and as many of mailboxes, with no replica moved twice", () => {
    const { moves, now } = movedAll(sixteen, FIVE);
    // 96 replicas on five servers: the two new ones take 19 each.
    expect(moves).toHaveLength(38);
    expect(FIVE.map((server) => keptBy(now, server)).toSorted((x, y) => x - y)).toEqual([
      19, 19, 19, 19, 20,
    ]);
    const mailboxes = now.filter(({ stream }) => stream.startsWith("MAILBOX_"));
    for (const server of FIVE) expect([9, 10]).toContain(keptBy(mailboxes, server));
    for (const each of now) expect(new Set(each.kept).size).toBe(3);
    expect(new Set(moves.map(({ stream, from }) => `${stream} ${from}`)).size).toBe(38);
  });

  test("not where all keep as many, where there is no other server, and not of a stream with one replica", () => {
    expect(nextReplicaMove(sixteen, ALL)).toBeUndefined();
    const single = sixteen.map((each) => ({ ...each, kept: ["a"], replicas: 1 }));
    expect(nextReplicaMove(single, FIVE)).toBeUndefined();
  });

  test("of whole streams only: each replica has all of it, and there are neither fewer nor more", () => {
    expect(isWhole(kept("MAILBOX_0", "a"))).toBe(true);
    for (const ready of [["a", "b"], FIVE])
      expect(isWhole(kept("MAILBOX_1", "a", ready))).toBe(false);
    expect(isWhole(kept("MAILBOX_2", "a", ["a", "b"], ALL))).toBe(false);
  });

  test("of no stream that does not answer: nobody knows of what it is made then", () => {
    const silentOne = { ...kept("MAILBOX_0", undefined, []), replicas: 0 };
    expect(isWhole(silentOne)).toBe(false);
  });
});

/** Writes until it is told to stop, and says then what was acknowledged. */
function writing(link: Link, { destinationAt }: Topology): () => Promise<number[]> {
  const publisher = new Publisher(link, silent, destinationAt);
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
  return async () => {
    isOver = true;
    await load;
    return acked;
  };
}

/** Everything that was written, as the streams have it. */
async function storedIn({ jsm, partitions }: Topology): Promise<number[]> {
  const stored: number[] = [];
  for (let k = 0; k < partitions; k++) {
    const { state } = await jsm.streams.info(mailboxStream(k));
    for (let seq = 2; seq <= state.last_seq; seq++)
      stored.push(
        (await jsm.streams.getMessage(mailboxStream(k), { seq }))!.json<{ n: number }>().n,
      );
  }
  return stored.toSorted((a, b) => a - b);
}

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
  const written = writing(link, topology);
  const env = { NATS_URL: brokers.map(({ url }) => url).join(",") };
  const { code, out, err } = await commanded(posthorn, ["cluster", "balance"], env);
  const acked = await written();
  expect([code, err, out]).toEqual([0, "", expect.stringContaining(`${nameOf(0)} → ${nameOf(1)}`)]);
  const led = await leaders();
  expect(ALL.map((_, i) => led.filter((leader) => leader === nameOf(i)).length)).toEqual([1, 1, 1]);
  expect(await storedIn(topology)).toEqual(acked);
});

test("a server that keeps nothing takes whole streams over under load, and everything that was acknowledged is there once", async () => {
  const { brokers, connect } = await startCluster();
  const link = await connect(0);
  const topology = await streamsOf(link, { partitions: 1, replicas: 2 });
  const { streams, moveReplica } = await leaderships(link.nc);
  const keptByNew = async () => (await streams())!.filter(({ kept }) => kept.includes(nameOf(2)));
  const away = ({ stream }: Replicated) => moveReplica({ stream, from: nameOf(2), to: "another" });
  await Promise.all((await keptByNew()).map(away));
  expect(await keptByNew()).toEqual([]);
  const written = writing(link, topology);
  const env = {
    NATS_URL: brokers.map(({ url }) => url).join(","),
    NATS_MONITOR_URL: brokers.map(({ monitorUrl }) => monitorUrl).join(","),
  };
  const { code, out, err } = await commanded(posthorn, ["cluster", "balance", "--replicas"], env);
  const acked = await written();
  expect([code, err, out]).toEqual([
    0,
    "",
    expect.stringMatching(/n2 leads . streams, . of mailboxes, and keeps 4/),
  ]);
  // Six streams with two replicas each.
  expect(await keptByNew()).toHaveLength(4);
  expect(await storedIn(topology)).toEqual(acked);

  expect(
    await commanded(posthorn, ["cluster", "balance", "--replicas"], { NATS_URL: env.NATS_URL }),
  ).toMatchObject({
    code: 1,
    err: "posthorn: none of NATS_MONITOR_URL (empty) says which servers there are: name all of them\n",
  });
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
