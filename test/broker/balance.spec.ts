import { expect, onTestFinished, test } from "vitest";
import type { Replicated } from "../../src/nats/balance/leaders.ts";
import { leaderships } from "../../src/nats/balance/stepdown.ts";
import type { Link } from "../../src/nats/connection.ts";
import type { Topology } from "../../src/nats/topology.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { checkpointStream, factSubject, mailboxStream } from "../../src/nats/subjects.ts";
import { startBroker } from "../support/broker.ts";
import { posthorn } from "../../src/cli/posthorn.ts";
import { commanded } from "../support/command.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { nameOf, startCluster } from "./cluster.ts";
import { streamsOf } from "../support/streams.ts";
import { LeaderWatch } from "../../src/roles/leaderwatch.ts";

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

test("new streams are led by all servers, checkpoints beside their mailboxes; when one server leads everything a host spreads it by itself under load, what is uneven then the command, and everything that was acknowledged is there once", async () => {
  const { brokers, connect } = await startCluster();
  const link = await connect(0);
  const env = { NATS_URL: brokers.map(({ url }) => url).join(",") };
  const made = { ...env, PARTITIONS: "3", REPLICAS: "3" };
  expect(await commanded(posthorn, ["init"], made)).toMatchObject({ code: 0, err: "" });
  const topology = await streamsOf(link, { partitions: 3, replicas: 3 });
  const { jsm } = topology;
  const leaders = (nameFor = mailboxStream): Promise<(string | undefined)[]> =>
    Promise.all([0, 1, 2].map(async (k) => (await jsm.streams.info(nameFor(k))).cluster?.leader));
  const first = await leaders();
  expect(new Set(first)).toEqual(new Set([0, 1, 2].map(nameOf)));
  expect(await leaders(checkpointStream)).toEqual(first);
  // A server that is not caught up with a stream leads it only when it is asked again.
  const placement = JSON.stringify({ placement: { preferred: nameOf(0) } });
  const gathered = async (some = [0, 1, 2]): Promise<boolean> => {
    const now = await leaders();
    const elsewhere = some.filter((k) => now[k] !== nameOf(0));
    for (const k of elsewhere) {
      const subject = `$JS.API.STREAM.LEADER.STEPDOWN.${mailboxStream(k)}`;
      await link.nc.request(subject, placement, PATIENCE);
    }
    return elsewhere.length === 0;
  };
  const gather = (some?: number[]): Promise<void> =>
    expect.poll(() => gathered(some), { ...PATIENCE, interval: 500 }).toBe(true);
  await gather();
  const written = writing(link, topology);
  let at = 0;
  const { streams, move } = await leaderships(link.nc);
  const clock = { isDue: () => true, now: () => at, log: silent };
  const watch = new LeaderWatch({ streams, move, ...clock });
  // Replicas say that they have everything as soon as they have heard of each leader.
  const isSpread = async (): Promise<number> => {
    await watch.look();
    at += 60_000;
    return new Set(await leaders()).size;
  };
  await expect.poll(isSpread, { ...PATIENCE, interval: 100 }).toBe(3);
  await gather([(await leaders()).findIndex((leader) => leader !== nameOf(0))]);
  const { code, out, err } = await commanded(posthorn, ["cluster", "balance"], env);
  const acked = await written();
  expect([code, err, out]).toEqual([0, "", expect.stringContaining(`${nameOf(0)} → n`)]);
  const led = await leaders();
  expect(new Set(led)).toEqual(new Set([0, 1, 2].map(nameOf)));
  expect(await leaders(checkpointStream)).toEqual(led);
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
    expect.stringMatching(/n2 leads . streams, . of mailboxes, and keeps [345]\n/),
  ]);
  // Five streams with two replicas each, and the checkpoints, beside their mailboxes.
  const now = (await streams())!;
  const onNew = now.filter(({ kept }) => kept.includes(nameOf(2)));
  expect([3, 4]).toContain(onNew.filter(({ stream }) => stream !== checkpointStream(0)).length);
  const placeOf = (stream: string) => {
    const found = now.find((each) => each.stream === stream)!;
    return [found.leader, ...found.kept.toSorted()];
  };
  expect(placeOf(checkpointStream(0))).toEqual(placeOf(mailboxStream(0)));
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
