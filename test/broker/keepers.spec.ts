import { readdirSync } from "node:fs";
import { expect, onTestFinished, test, vi } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { offerFile, peers } from "../../src/nats/otherreplicas.ts";
import { answerQuestions, questions } from "../../src/nats/questions.ts";
import { Projections } from "../../src/projections/projections.ts";
import { Query, readReply } from "../../src/protocol/internal/query.ts";
import { startBroker } from "../support/broker.ts";
import { folder } from "../support/folder.ts";
import { mailbox } from "../support/mailbox.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { MemorySource } from "../support/stream.ts";

const STREAMS = ["MAILBOX_0", "MAILBOX_1", "MAILBOX_2", "MAILBOX_3", "ACTIVITY"];
/** The user with the mailbox in the stream of that number. */
const USERS = ["alice", "bob", "carol", "dave"];
/** Ten times as often as else: one that is not heard for 3 s is gone. */
const TURN_MS = 100;
const SOON = { ...PATIENCE, interval: 20 };

const streamOf = (owner: string): string => `MAILBOX_${USERS.indexOf(owner)}`;

/** A process with projections until the spec is over, on a connection of its own. */
async function replica(url: string, host: string, copies: number) {
  const link = await connect({ url }, host, silent);
  const dir = folder();
  const others = peers(link, host, silent);
  let isHeard = true;
  const sources = STREAMS.map((name) => new MemorySource(name));
  for (const [k, user] of USERS.entries()) sources[k]?.store(mailbox(user).sent(1, "erin"));
  const views: Projections = await Projections.start({
    sources,
    dir,
    mailboxOf: streamOf,
    onlineMs: 20_000,
    elapsed: () => performance.now(),
    log: silent,
    turnMs: TURN_MS,
    company: {
      self: { host, incarnation: host },
      copies,
      peers: { ...others, say: (word) => isHeard && others.say(word) },
    },
    serve: (stream, offering) => {
      const ask = (text: string) => views.ask(Query.parse(JSON.parse(text)));
      const answers = answerQuestions(link, stream, ask, silent);
      let retract: (() => void) | undefined;
      return {
        beCurrent: (isCurrent) => {
          answers.beCurrent(isCurrent);
          if (isCurrent) retract ??= offerFile(link, { stream, self: host }, offering, silent);
        },
        end: () => {
          retract?.();
          answers.end();
        },
      };
    },
  });
  onTestFinished(async () => {
    await views.stop();
    await link.drain();
  });
  await views.ready;
  const kept = (): string[] => [...views.runners.keys()].toSorted();
  /** As if it were lost: it is not heard any more. */
  const fall = (): void => void (isHeard = false);
  return { views, dir, kept, fall };
}
type Kept = Pick<Awaited<ReturnType<typeof replica>>, "kept">;

/** Asks about each mailbox in turn until `coming` has come; none may be refused. */
async function askMeanwhile(url: string, coming: Promise<unknown>): Promise<void> {
  const link = await connect({ url }, "gateway", silent);
  const gateway = questions(link, { partitionOf: (owner) => USERS.indexOf(owner) });
  let isComing = true;
  void coming.finally(() => (isComing = false));
  for (let n = 0; isComing; n++) {
    const owner = USERS[n % USERS.length] ?? "";
    const reply = await gateway.ask({
      view: "chats",
      owner,
      device: "phone",
      limit: 1,
      atLeast: 0,
    });
    expect(readReply(reply).kind).toBe("answer");
  }
  await link.drain();
  await coming;
}

/** Waits until the streams are dealt out among these, each to one of them. */
const dealt = (...all: Kept[]): Promise<void> =>
  vi.waitFor(() => {
    expect(all.flatMap(({ kept }) => kept()).toSorted()).toEqual(STREAMS.toSorted());
    for (const { kept } of all) expect(kept().length).toBeLessThan(STREAMS.length);
  }, SOON);

test("[V13] a process that joins takes its share of the streams over, one that leaves gives it back, and every question is answered meanwhile", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const { url } = broker;
  const first = await replica(url, "first", 1);
  expect(first.kept()).toEqual(STREAMS.toSorted());

  const second = replica(url, "second", 1);
  await askMeanwhile(url, (async () => dealt(first, await second))());
  const folders = () =>
    Promise.all([first, second].map(async (each) => readdirSync((await each).dir)));
  await vi.waitFor(async () => expect((await folders()).flat()).toHaveLength(STREAMS.length), SOON);

  await askMeanwhile(url, (await second).views.stop());
  expect(first.kept()).toEqual(STREAMS.toSorted());
});

test("[V13] the streams of a process that is lost are kept by others, and whoever has fewer companions than it should says so", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const { url } = broker;
  const [first, second] = [await replica(url, "first", 2), await replica(url, "second", 2)];
  await vi.waitFor(() => expect(first.views.isShort).toBe(false), SOON);
  const third = await replica(url, "third", 2);
  const counts = () => STREAMS.map((s) => all.filter(({ kept }) => kept().includes(s)).length);
  let all: Kept[] = [first, second, third];
  await vi.waitFor(() => expect(counts()).toEqual([2, 2, 2, 2, 2]), SOON);

  third.fall();
  all = [first, second];
  await vi.waitFor(() => expect(counts()).toEqual([2, 2, 2, 2, 2]), SOON);
  second.fall();
  await vi.waitFor(() => expect(first.views.isShort).toBe(true), SOON);
  await vi.waitFor(() => expect(first.kept()).toEqual(STREAMS.toSorted()), SOON);
});
