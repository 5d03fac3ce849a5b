import { jetstreamManager } from "@nats-io/jetstream";
import { expect, onTestFinished, test } from "vitest";
import { open } from "../../src/events/entry.ts";
import type { GroupMail, Mail } from "../../src/events/event.ts";
import { connect } from "../../src/nats/connection.ts";
import { lastOwner } from "../../src/nats/owners.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { mailboxStream } from "../../src/nats/subjects.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";
import { chances } from "../actors/group/model/streams.ts";
import { wishesOf } from "../actors/group/model/wishes.ts";
import type { App } from "../support/app.ts";
import { device, type Device } from "../support/device.ts";
import { verdict } from "../support/groupverdict.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { streamsOf } from "../support/streams.ts";
import { server, until } from "./support.ts";

const STREAMS = [0, 1, 2, 3];
const USERS = ["ann", "bob", "cem", "dora", "eve", "finn"];
/** Answers that are awaited between two faults. */
const SOME = 60;

/** The log as it lies at a broker, and who owns its streams. */
async function logOf(url: string) {
  const link = await connect({ url }, "spec", silent);
  onTestFinished(() => link.nc.close());
  const topology = await streamsOf(link, { partitions: STREAMS.length, replicas: 1 });
  const jsm = await jetstreamManager(link.nc, { checkAPI: false });
  const mailboxes = new MailboxLog(link, topology);
  mailboxes.start();
  const mails = async (owner: string): Promise<(Mail | GroupMail)[]> => {
    const stream = mailboxStream(topology.partitionOf(owner));
    const { last_seq: end } = (await jsm.streams.info(stream)).state;
    const all: (Mail | GroupMail)[] = [];
    for await (const { entries } of mailboxes.read(owner, 0, end))
      all.push(...entries.map((entry) => open(entry) as Mail | GroupMail));
    return all;
  };
  /** How many streams the host of that process owns. */
  const owned = async (isIts: (host: string | undefined) => boolean): Promise<number> => {
    const owners = await Promise.all(STREAMS.map((k) => lastOwner(jsm, k)));
    return owners.filter((last) => isIts(last?.owner.owner?.host)).length;
  };
  return { mails, owned };
}

/** Somebody who goes on sending and asking, each thing again until it is stored. */
class Storm {
  answers = 0;
  isOver = false;
  readonly stored: string[] = [];
  readonly #group: string;
  readonly #wish: ReturnType<typeof wishesOf>;
  readonly #random = chances(7);

  constructor(group: string) {
    this.#group = group;
    this.#wish = wishesOf(this.#random, USERS);
  }

  async by(person: Device): Promise<void> {
    for (let n = 2; !this.isOver; n++) {
      const cid = `${person.user}.${n}`;
      const wish = this.#wish(person.user, this.#group, this.#group);
      const isAsk = wish !== undefined && this.#random.is(0.15);
      await this.#insist(
        person,
        cid,
        isAsk ? { t: "ask", ...clientAsk(wish) } : this.#message(cid),
      );
    }
  }

  #message = (body: string) => ({ t: "send", to: this.#group, body });

  async #insist(person: Device, cid: string, frame: { t: string }): Promise<void> {
    for (let tries = 0; ; tries++) {
      const ref = `${cid}/${tries}`;
      person.say({ ...frame, cid, ref });
      const answer = await person.until((each) => each["ref"] === ref, 60_000);
      // A change too many in a minute is none.
      if (answer.t === "error" && answer["code"] === "rate_limited" && frame.t === "ask") return;
      if (answer.t === "error" && answer["retryable"] !== true) throw new Error(answer["code"]);
      if (answer.t === "error") continue;
      this.answers++;
      this.stored.push(cid);
      return;
    }
  }

  /** Some more answers have come. */
  async goesOn(): Promise<void> {
    const before = this.answers;
    await until(() => this.answers >= before + SOME);
  }
}

/** An ask as a client says it: of a link the server makes the secret. */
function clientAsk({ group, ask }: NonNullable<ReturnType<ReturnType<typeof wishesOf>>>) {
  if (ask.do !== "invite") return { group, ask };
  return { group, ask: { do: "invite", on: ask.secret !== undefined } };
}

/** Two processes with actors; people are at the second one, which no fault befalls. */
async function two(): Promise<{ first: App; second: App }> {
  const env = { GROUP_MEMBERS_MAX: "5", GROUP_SENDS_PER_SECOND: "20" };
  const first = await server(env);
  return { first, second: await server({ ...env, NATS_URL: first.broker.url }) };
}

test("[G1] [G4] [G5] in the middle of joins, removals and messages a host is killed, one sleeps through its succession, the broker is killed: each thing is decided once, by the rules", async () => {
  const { first, second } = await two();
  const { mails, owned } = await logOf(first.broker.url);
  const shared = async (): Promise<boolean> => {
    const hosts = new Set<string | undefined>();
    await owned((host) => hosts.add(host) === undefined);
    return hosts.size === 2;
  };
  await until(shared);
  const people = await Promise.all(USERS.map((user) => device(second, user)));
  const group = groupIdOf("ann", "ann.1");
  const create = { do: "create", name: "Storm", members: ["bob", "cem", "dora"] };
  people[0]?.say({ t: "ask", cid: "ann.1", ask: create });
  await people[1]?.until(({ event }) => event?.type === "GroupJoined");

  const storm = new Storm(group);
  const all = Promise.all(people.map((person) => storm.by(person)));
  await storm.goesOn();
  await first.kill();
  await storm.goesOn();
  await first.restart();
  await until(shared);
  await storm.goesOn();
  process.kill(first.pid, "SIGSTOP");
  await until(async () => !(await shared()));
  await storm.goesOn();
  process.kill(first.pid, "SIGCONT");
  await until(shared);
  await storm.goesOn();
  await first.broker.kill();
  await first.broker.restart();
  await storm.goesOn();
  storm.isOver = true;
  await all;

  await expect.poll(() => verdict(group, USERS, mails, storm.stored), PATIENCE).toEqual([]);
});
