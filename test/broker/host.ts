import { randomUUID } from "node:crypto";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, vi } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { open } from "../../src/events/entry.ts";
import type { Mail } from "../../src/events/event.ts";
import { Condition } from "../../src/host/condition.ts";
import { unwatched } from "../../src/host/meter.ts";
import { connect } from "../../src/nats/connection.ts";
import { seqOf } from "../../src/events/position.ts";
import { records } from "../../src/nats/kv/records.ts";
import { statedId } from "../../src/nats/names.ts";
import { lastOwner } from "../../src/nats/owners.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { factSubject, mailboxStream } from "../../src/nats/subjects.ts";
import { Actors } from "../../src/roles/actors.ts";
import { fold } from "../../src/rules/conversation.ts";
import { SILENCE, type Conversation } from "../../src/rules/standing.ts";
import { startBroker, type Broker } from "../support/broker.ts";
import { folder } from "../support/folder.ts";
import { PATIENCE, PATIENCE_MS } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { unrouted } from "../support/unrouted.ts";
import { startCluster } from "./cluster.ts";
import { streamsOf } from "../support/streams.ts";

/** One server, or three that keep each stream together. */
async function startBrokers(replicas: 1 | 3) {
  const single = async (): Promise<Broker> => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    return broker;
  };
  const all = replicas === 1 ? [await single()] : (await startCluster()).brokers;
  const each = async (act: (broker: Broker) => Promise<void>): Promise<void> =>
    void (await Promise.all(all.map(act)));
  return {
    url: all.map(({ url }) => url).join(","),
    stores: all.map(({ dir }) => join(dir, "store", "jetstream")),
    kill: () => each((broker) => broker.kill()),
    restart: () => each((broker) => broker.restart()),
  };
}

/** The actors of a real host beside a real broker, and people who write straight into their mailboxes. */
export async function host(partitions: number, replicas: 1 | 3 = 1) {
  const broker = await startBrokers(replicas);
  const link = await connect({ url: broker.url }, "spec", silent);
  onTestFinished(() => link.nc.close());
  const topology = await streamsOf(link, { partitions, replicas });
  const publisher = new Publisher(link, silent);
  publisher.start();
  onTestFinished(() => publisher.stop(0));
  /** Records of the actors of stream `k`, outside of it. */
  const saved = (k: number) => records(k, topology, publisher, Date.now);
  const mailboxes = new MailboxLog(link, topology);
  mailboxes.start();
  const make = async (name = "host"): Promise<Actors> => {
    const actors = new Actors({
      self: { host: name, incarnation: randomUUID() },
      settings: readConfig({ NATS_URL: broker.url, AUTH: "dev", REPLICAS: `${replicas}` }),
      broker: { link, topology },
      mailboxes,
      durability: { now: replicas === 1 ? "stored" : "replicated" },
      routing: unrouted,
      condition: new Condition(),
      meter: unwatched,
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
      timeout: PATIENCE_MS,
      interval: 50,
    });
  /** Folders of a stream within each server's store; of several servers, with that of their agreement on it. */
  const foldersOf = async (stream: string): Promise<string[]> => {
    const own = join("$G", "streams", stream);
    if (replicas === 1) return [own];
    const { raft_group: group } = (await topology.jsm.streams.info(stream)).cluster as {
      raft_group?: string;
    };
    return [own, join("$SYS", "_js_", `${group}`)];
  };
  const asides = broker.stores.map(() => folder());
  const restart = async (between: () => void): Promise<void> => {
    await broker.kill();
    await vi.waitFor(() => expect(link.connected()).toBe(false), PATIENCE);
    between();
    await broker.restart();
    await vi.waitFor(() => expect(link.connected()).toBe(true), PATIENCE);
  };
  return {
    broker,
    link,
    topology,
    publisher,
    mailboxes,
    make,
    person,
    send,
    shows,
    shown,
    restart,
    /** The streams' folders as they are now are put aside; returns how to put them back. */
    backup: async (...streams: readonly string[]): Promise<() => void> => {
      const inStore = (await Promise.all(streams.map(foldersOf))).flat();
      const kept = broker.stores.flatMap((store, i) =>
        inStore.map((name) => ({ there: join(store, name), aside: join(asides[i]!, name) })),
      );
      await restart(() => {
        for (const { there, aside } of kept) cpSync(there, aside, { recursive: true });
      });
      return () => {
        for (const { there, aside } of kept) {
          rmSync(there, { recursive: true });
          cpSync(aside, there, { recursive: true });
        }
      };
    },
    /** Everything in the stream is told, and that is saved. */
    settled: (k: number) =>
      vi.waitFor(
        async () => {
          const { last_seq: end } = (await topology.jsm.streams.info(mailboxStream(k))).state;
          const checkpoint = await saved(k).checkpoint();
          expect(seqOf(checkpoint?.position ?? 0)).toBe(end);
        },
        { ...PATIENCE, interval: 50 },
      ),
    saved,
    marks: async (k: number) => (await lastOwner(topology.jsm, k))?.owner.marks ?? [],
  };
}

/** Every whole number of these. */
export const count = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
