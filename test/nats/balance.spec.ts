import { describe, expect, test } from "vitest";
import { getsOn } from "../../src/nats/balance/evacuate.ts";
import { leaderMoves, type Replicated } from "../../src/nats/balance/leaders.ts";
import { isWhole, nextReplicaMove, type ReplicaMove } from "../../src/nats/balance/replicas.ts";
import { checkpointStream, mailboxStream } from "../../src/nats/subjects.ts";

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
  /** All moves, one by one, each as the broker carries it out: where several servers keep the fewest streams, chance chooses. */
  function movedAll(streams: readonly Replicated[], servers: readonly string[], chance = 0) {
    const moves: ReplicaMove[] = [];
    let now = streams;
    for (;;) {
      const next = nextReplicaMove(now, servers);
      if (next === undefined) return { moves, now };
      moves.push(next);
      const { kept: before } = now.find(({ stream }) => stream === next.stream)!;
      const free = servers.filter((server) => !before.includes(server));
      const least = Math.min(...free.map((server) => keptBy(now, server)));
      const emptiest = free.filter((server) => keptBy(now, server) === least);
      const to = emptiest[(chance + 7 * moves.length) % emptiest.length]!;
      now = now.map((each) =>
        each.stream === next.stream
          ? { ...each, kept: [...before.filter((server) => server !== next.from), to] }
          : each,
      );
    }
  }
  const keptBy = (streams: readonly Replicated[], server: string) =>
    streams.filter((each) => each.kept.includes(server)).length;
  const mailboxesOf = (streams: readonly Replicated[]) =>
    streams.filter(({ stream }) => stream.startsWith("MAILBOX_"));
  /** The mailbox streams whose checkpoints are kept by other servers than they are. */
  const apart = (streams: readonly Replicated[]) =>
    mailboxesOf(streams).filter(({ stream, kept: beside }) => {
      const checkpoints = checkpointStream(Number(stream.slice("MAILBOX_".length)));
      const found = streams.find((each) => each.stream === checkpoints);
      return found?.kept.some((server) => !beside.includes(server));
    });

  test("over two new servers, so that all keep as many streams, and as many of mailboxes, and checkpoints lie beside their mailboxes", () => {
    for (const chance of [0, 1, 2, 3, 4]) {
      const { moves, now } = movedAll(sixteen, FIVE, chance);
      // 48 mailboxes' replicas on five servers: the two new ones take 9 or 10 each, and as many of their checkpoints.
      expect(moves.filter(({ stream }) => stream.startsWith("MAILBOX_"))).toHaveLength(18);
      for (const server of FIVE) {
        expect([9, 10]).toContain(keptBy(mailboxesOf(now), server));
        expect([18, 20]).toContain(keptBy(now, server));
      }
      expect(apart(now)).toEqual([]);
      for (const each of now) expect(new Set(each.kept).size).toBe(3);
      expect(moves.length).toBeLessThan(48);
    }
  });

  test("where chance has put checkpoints far from their mailboxes, at four servers, with no mailbox moved", () => {
    const four = ALL.concat("d");
    const without = (n: number) => four.filter((_, i) => i !== n % 4);
    const streams = sixteen.map((each, i) => ({ ...each, kept: without((i >> 1) + (i % 2)) }));
    expect(apart(streams)).toHaveLength(16);
    const { moves, now } = movedAll(streams, four);
    expect(apart(now)).toEqual([]);
    expect(moves.every(({ stream }) => stream.startsWith("CHECKPOINT_"))).toBe(true);
    expect(four.map((server) => keptBy(now, server))).toEqual([24, 24, 24, 24]);
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

test("a replica on its way gets on while it lacks less and less, and not while it lacks more", () => {
  const behind = (lag: number, ready = ["a", "b"], leader: string | undefined = "a") => ({
    ...kept("MAILBOX_0", leader, ready, ["a", "b", "d"]),
    lag,
  });
  expect(getsOn(behind(500), behind(400))).toBe(true);
  expect(getsOn(behind(400), behind(500))).toBe(false);
  expect(getsOn(behind(400), behind(400))).toBe(false);
  expect(getsOn(behind(400), behind(500, ["a", "b", "d"]))).toBe(true);
  // The first number that is heard is the measure.
  expect(getsOn(behind(0), behind(400))).toBe(true);
  expect(getsOn(behind(400), behind(0))).toBe(false);
  expect(getsOn(behind(400), { ...behind(500), kept: ["b", "d", "e"] })).toBe(true);
  const unled = { ...behind(400), leader: undefined };
  expect(getsOn(behind(400), unled)).toBe(false);
  expect(getsOn(unled, behind(400))).toBe(true);
});
