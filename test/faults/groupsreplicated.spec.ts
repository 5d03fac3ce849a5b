import { onTestFinished, expect, test, vi } from "vitest";
import type { Asking } from "../../src/events/ask.ts";
import { open } from "../../src/events/entry.ts";
import type { GroupMail, Mail } from "../../src/events/event.ts";
import type { Fact } from "../../src/events/fact.ts";
import { connect } from "../../src/nats/connection.ts";
import { statedId } from "../../src/nats/names.ts";
import { UnavailableError } from "../../src/nats/publish/publication.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { factSubject, mailboxStream } from "../../src/nats/subjects.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";
import { chances } from "../actors/group/model/streams.ts";
import { wishesOf } from "../actors/group/model/wishes.ts";
import { actorsOver } from "./processes.ts";
import { verdict } from "../support/groupverdict.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { streamsOf } from "../support/streams.ts";
import { unrouted } from "../support/unrouted.ts";
import { startCluster } from "../broker/cluster.ts";

const USERS = ["ann", "bob", "cem", "dora", "eve"];
const LIMITS = { members: 4, sendsPerSecond: 20 };
const STREAM = mailboxStream(0);
/** Things that are stored between two faults. */
const SOME = 50;

test("[G1] [G4] [G5] with three servers, whose leaders are killed one after the other, each thing is decided once, by the rules", async () => {
  const cluster = await startCluster();
  const url = cluster.brokers.map((broker) => broker.url).join(",");
  const link = await connect({ url }, "spec", silent);
  onTestFinished(() => link.nc.close());
  const topology = await streamsOf(link, { partitions: 1, replicas: 3 });
  const publisher = new Publisher(link, silent, topology.destinationAt);
  publisher.start();
  onTestFinished(() => publisher.stop(0));
  const mailboxes = new MailboxLog(link, topology);
  mailboxes.start();
  await actorsOver(link, "host", 3, unrouted);
  const mails = async (owner: string): Promise<(Mail | GroupMail)[]> => {
    const { last_seq: end } = (await topology.jsm.streams.info(STREAM)).state;
    const all: (Mail | GroupMail)[] = [];
    for await (const { entries } of mailboxes.read(owner, 0, end))
      all.push(...entries.map((entry) => open(entry) as Mail | GroupMail));
    return all;
  };

  const stored: string[] = [];
  const insist = async (fact: Fact & { cid: string }): Promise<void> => {
    for (;;) {
      try {
        await publisher.publish(factSubject(fact.author), JSON.stringify(fact), statedId(fact));
        stored.push(fact.cid);
        return;
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
      }
    }
  };
  const group = groupIdOf("ann", "ann.1");
  const asked = (author: string, n: number, ask: Asking): Promise<void> =>
    insist({ type: "GroupAsked", author, group, device: "d", cid: `${author}.${n}`, ask });
  await asked("ann", 1, { do: "create", name: "G", members: ["bob", "cem"], limits: LIMITS });
  await vi.waitFor(async () => expect(await mails("cem")).not.toEqual([]), PATIENCE);

  const random = chances(5);
  const wishes = wishesOf(random, USERS);
  let isOver = false;
  const goOn = async (author: string): Promise<void> => {
    for (let n = 2; !isOver; n++) {
      const wish = random.is(0.2) ? wishes(author, group, group) : undefined;
      const cid = `${author}.${n}`;
      await (wish === undefined
        ? insist({ type: "MessageSent", author, to: group, device: "d", cid, body: cid })
        : asked(author, n, wish.ask));
    }
  };
  const all = Promise.all(USERS.map(goOn));
  const some = async (): Promise<void> => {
    const goal = stored.length + SOME;
    await vi.waitFor(() => expect(stored.length).toBeGreaterThan(goal), PATIENCE);
  };
  for (let kills = 0; kills < 2; kills++) {
    await some();
    const leader = cluster.brokers[await cluster.leaderOf(STREAM)];
    await leader?.kill();
    await some();
    await leader?.restart();
  }
  isOver = true;
  await all;
  await expect.poll(() => verdict(group, USERS, mails, stored), PATIENCE).toEqual([]);
});
