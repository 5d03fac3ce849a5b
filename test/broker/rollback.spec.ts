import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { open } from "../../src/events/entry.ts";
import type { Mail } from "../../src/events/event.ts";
import { connect } from "../../src/nats/connection.ts";
import { seqOf } from "../../src/events/position.ts";
import { records } from "../../src/nats/kv/records.ts";
import { statedId } from "../../src/nats/names.ts";
import { lastOwner } from "../../src/nats/owners.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { factSubject, mailboxStream } from "../../src/nats/subjects.ts";
import { ensureTopology } from "../../src/nats/topology.ts";
import { Actors } from "../../src/roles/actors.ts";
import { fold } from "../../src/rules/conversation.ts";
import { SILENCE, type Conversation } from "../../src/rules/standing.ts";
import { silent } from "../support/silent.ts";
import { startBroker } from "../support/broker.ts";

/** The actors of a real host beside a real broker, and people who write straight into their mailboxes. */
async function host(partitions: number) {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const link = await connect({ url: broker.url }, "spec", silent);
  onTestFinished(() => link.nc.close());
  const topology = await ensureTopology(link.nc, { partitions, replicas: 1 });
  const publisher = new Publisher(link, silent);
  onTestFinished(() => publisher.settle(0));
  const mailboxes = new MailboxLog(link, topology);
  const make = async (): Promise<Actors> => {
    const actors = new Actors({
      settings: readConfig({ NATS_URL: broker.url, AUTH: "dev" }),
      broker: { link, topology },
      mailboxes,
      routing: { route: () => undefined, listen: () => () => undefined },
      log: silent,
    });
    await actors.start();
    onTestFinished(() => actors.stop());
    return actors;
  };
  /** Someone whose mailbox lies in stream `k`. */
  const person = (name: string, k: number): string => {
    for (let i = 0; ; i++) if (topology.partitionOf(`${name}${i}`) === k) return `${name}${i}`;
  };
  const send = (author: string, to: string, n: number): Promise<number> => {
    const cid = `phone.${n}`;
    const fact = { type: "MessageSent", author, to, device: "phone", cid, body: `${n}` } as const;
    return publisher.publish(factSubject(author), JSON.stringify(fact), statedId(fact));
  };
  /** The peer's messages, as a replay of the mailbox shows them. */
  const shown = async (owner: string, peer: string): Promise<string[]> => {
    let chat: Conversation = SILENCE;
    const bodies: string[] = [];
    const head = await mailboxes.head(owner);
    for await (const { entries } of mailboxes.read(owner, 0, head))
      for (const entry of entries) {
        const mail = open(entry) as Mail;
        if (mail.kind !== "copy" || mail.event.author !== peer) continue;
        const folded = fold(chat, [], mail);
        chat = folded?.chat ?? chat;
        if (folded?.what === "message" && "body" in mail.event) bodies.push(mail.event.body);
      }
    return bodies;
  };
  const shows = (owner: string, peer: string, bodies: readonly number[]): Promise<void> =>
    vi.waitFor(async () => expect(await shown(owner, peer)).toEqual(bodies.map(String)), {
      timeout: 20_000,
      interval: 50,
    });
  const folder = (k: number): string =>
    join(broker.dir, "store", "jetstream", "$G", "streams", mailboxStream(k));
  const restart = async (between: () => void): Promise<void> => {
    await broker.kill();
    await vi.waitFor(() => expect(link.connected()).toBe(false), { timeout: 10_000 });
    between();
    await broker.restart();
    await vi.waitFor(() => expect(link.connected()).toBe(true), { timeout: 10_000 });
  };
  return {
    topology,
    make,
    person,
    send,
    shows,
    shown,
    restart,
    /** The stream's folder as it is now is put aside; returns how to put it back. */
    backup: async (k: number): Promise<() => void> => {
      const aside = `${broker.dir}-backup-${k}`;
      onTestFinished(() => rmSync(aside, { recursive: true, force: true }));
      await restart(() => cpSync(folder(k), aside, { recursive: true }));
      return () => {
        rmSync(folder(k), { recursive: true });
        cpSync(aside, folder(k), { recursive: true });
      };
    },
    /** Everything in the stream is told, and that is saved. */
    settled: (k: number) =>
      vi.waitFor(
        async () => {
          const { last_seq: end } = (await topology.jsm.streams.info(mailboxStream(k))).state;
          const saved = await records(k, topology, publisher, Date.now).checkpoint();
          expect(seqOf(saved?.position ?? 0)).toBe(end);
        },
        { timeout: 10_000, interval: 50 },
      ),
    marks: async (k: number) => (await lastOwner(topology.jsm, k))?.owner.marks ?? [],
  };
}

const count = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

test("[L6] what is sent after the author's stream came back shorter is no repeat to its peer (L1), nor to anybody who reads on (L2)", async () => {
  const { make, person, send, shows, restart, backup, marks } = await host(2);
  await make();
  const [alice, bob] = [person("alice", 0), person("bob", 1)];
  for (const n of count(1, 5)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 5));
  const restore = await backup(0);
  for (const n of count(6, 9)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 9));
  await restart(restore);
  await vi.waitFor(async () => expect(await marks(0)).toHaveLength(1), { timeout: 15_000 });
  expect(await marks(1)).toEqual([]);
  for (const n of count(10, 14)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 14));
});

test("[L6] what a roll-back took of the copies in a stream is told again, once, and in its order", async () => {
  const { make, person, send, shows, restart, backup, marks, settled } = await host(2);
  await make();
  const [carol, dave] = [person("carol", 1), person("dave", 0)];
  for (const n of count(1, 5)) await send(carol, dave, n);
  await shows(dave, carol, count(1, 5));
  const restore = await backup(0);
  for (const n of count(6, 9)) await send(carol, dave, n);
  await shows(dave, carol, count(1, 9));
  // Somebody in the stream itself makes its end known outside.
  await send(person("erin", 0), person("frank", 1), 1);
  await shows(person("frank", 1), person("erin", 0), [1]);
  await settled(1);
  await restart(restore);
  await vi.waitFor(async () => expect(await marks(0)).toHaveLength(1), { timeout: 15_000 });
  await send(carol, dave, 10);
  await shows(dave, carol, count(1, 10));
});
