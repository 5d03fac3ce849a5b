import { expect, onTestFinished, test, vi } from "vitest";
import type { Logger } from "pino";
import type { Entry } from "../../src/events/entry.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { Follower } from "../../src/nats/read/reader.ts";
import type { Pace } from "../../src/nats/read/pace.ts";
import { factSubject, mailboxStream } from "../../src/nats/subjects.ts";
import type { Topology } from "../../src/nats/topology.ts";
import { silent } from "../support/silent.ts";
import { nameOf, startCluster } from "./cluster.ts";
import { until } from "./support.ts";
import { streamsOf } from "../support/streams.ts";
import { stopwatch } from "../support/stopwatch.ts";
import { PATIENCE_MS } from "../support/patience.ts";

const STREAM = mailboxStream(0);
/** The limit of rule N7. */
const ELSEWHERE_MS = 5_000;
/** A replica that does not hear the stream's leader any more elects another one after 4 to 9 s; then entries come without a move. */
const ELECTED = `$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.${STREAM}`;
/** On a busy machine an election may come before the broker has made a consumer elsewhere: that attempt shows nothing. */
const ATTEMPTS = 3;

/** The servers that have a consumer of the stream. */
async function placesOf({ jsm }: Topology): Promise<(string | undefined)[]> {
  const all = await jsm.consumers.list(STREAM).next();
  return all.map(({ cluster }) => cluster?.leader);
}

/** Cuts a server off from the leader of the stream, with two followers on it. False: an election has come before they had gone on. */
async function attempt(): Promise<boolean> {
  const cluster = await startCluster({ cuttable: true });
  const first = await cluster.connect(0);
  await streamsOf(first, { partitions: 1, replicas: 3 });
  const leader = await cluster.leaderOf(STREAM);
  // A leader of the cluster that does not reach the stream's could not place a consumer there.
  const places = await cluster.metaLeader();
  const lagging = [0, 1, 2].find((i) => i !== leader && i !== places)!;
  const near = 3 - leader - lagging;
  const link = await cluster.connect(near);
  const topology = await streamsOf(link, { partitions: 1, replicas: 3 });
  const publisher = new Publisher(await cluster.connect(leader), silent);
  publisher.start();
  onTestFinished(() => publisher.stop(0));
  const put = (n: number) => publisher.publish(factSubject("alice"), `${n}`);
  await put(1);

  const warn = vi.fn<(at: { server?: string }, text: string) => void>();
  const log = {
    warn,
    child: () => log,
    fatal: () => undefined,
    debug: () => undefined,
  } as unknown as Logger;
  /** Follows with a consumer on the server that is going to lag: the broker places it at random. */
  async function following(pace: Pace, others: number): Promise<string[]> {
    for (;;) {
      const texts: string[] = [];
      const take = (batch: readonly Entry[]) =>
        void texts.push(...batch.flatMap(({ kind, raw }) => (kind === "fact" ? raw : [])));
      const follower = new Follower(
        { link, topology, stream: STREAM, pace, log, lookMs: 200 },
        0,
        take,
      );
      follower.start();
      onTestFinished(() => follower.stop());
      await until(() => texts.length === 1);
      const now = (await placesOf(topology)).filter((place) => place === nameOf(lagging));
      if (now.length > others) return texts;
      await follower.stop();
    }
  }
  const all = [await following("live", 0), await following("gathering", 1)];
  let isElected = false;
  link.nc.subscribe(ELECTED, { callback: () => void (isElected = true) });
  await link.nc.flush();
  const heal = cluster.cutBetween(leader, lagging);
  for (let n = 2; n <= 20; n++) await put(n);
  const took = stopwatch();
  await until(() => isElected || all.every(({ length }) => length === 20));
  if (isElected) return false;
  expect(took()).toBeLessThan(ELSEWHERE_MS);
  heal();
  await put(21);
  await until(() => all.every(({ length }) => length === 21));
  const expected = Array.from({ length: 21 }, (_, i) => `${i + 1}`);
  expect(all).toEqual([expected, expected]);
  const warnings = warn.mock.calls.filter(([, text]) => text.includes("another server"));
  expect(warnings.map(([{ server }]) => server)).toEqual([nameOf(lagging), nameOf(lagging)]);
  return true;
}

test(
  "[N7] followers whose consumers are on a server that is cut off from the stream's leader go on from another one, without gap or repeat",
  async () => {
    let isShown = false;
    for (let i = 0; i < ATTEMPTS && !isShown; i++) isShown = await attempt();
    expect(isShown, "an election came first each time").toBe(true);
  },
  3 * PATIENCE_MS,
);
