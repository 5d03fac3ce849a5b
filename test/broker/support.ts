import { onTestFinished, vi } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import type { Following, Take } from "../../src/events/source.ts";
import { connect, type Link } from "../../src/nats/connection.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import type { Pace } from "../../src/nats/read/pace.ts";
import { source } from "../../src/nats/read/sources.ts";
import { copySubject, factSubject, mailboxStream } from "../../src/nats/subjects.ts";
import { type Topology } from "../../src/nats/topology.ts";
import { silent } from "../support/silent.ts";
import { startBroker, type Broker } from "../support/broker.ts";
import { streamsOf } from "../support/streams.ts";
import { PATIENCE_MS } from "../support/patience.ts";

export const FACTS = factSubject("alice");
export const COPIES = copySubject("alice");
const STREAM = mailboxStream(0);

/** A broker of this test alone, with the streams of one partition and what Posthorn reads and writes them with. */
export interface Store {
  readonly broker: Broker;
  readonly link: Link;
  readonly topology: Topology;
  readonly publisher: Publisher;
  readonly mailboxes: MailboxLog;
  /** Kills the broker with -9, waits until that is noticed, and starts it again. */
  crash(): Promise<void>;
  /** Hands over all but the stream's entries about itself, the first of which has seq 1. */
  follow(after: number, take: Take, pace?: Pace): Following;
  /** Everything else in the stream, read anew. */
  all(): Promise<Entry[]>;
}

/** `synced`: the broker flushes each write, and the publisher gathers for the mailbox stream. `dir`: keeps the store. */
export async function startStore({
  synced = false,
  dir,
}: { synced?: boolean; dir?: string } = {}): Promise<Store> {
  const broker = await startBroker({
    sync: synced ? "always" : "1s",
    ...(dir !== undefined && { dir }),
  });
  onTestFinished(() => broker.stop());
  const link = await connect({ url: broker.url }, "spec", silent);
  onTestFinished(() => link.nc.close());
  const topology = await streamsOf(link, { partitions: 1, replicas: 1 });
  const publisher = new Publisher(link, silent, topology.destinationAt, synced);
  publisher.start();
  onTestFinished(() => publisher.stop(0));
  const mailboxes = new MailboxLog(link, topology);
  mailboxes.start();
  const stream = source(link, topology, STREAM, "live", silent);
  const follow: Store["follow"] = (after, take, pace = "live") => {
    const following = source(link, topology, STREAM, pace, silent).follow(after, (batch) => {
      const mail = batch.filter(({ kind }) => kind !== "owner");
      return mail.length > 0 ? take(mail) : undefined;
    });
    onTestFinished(() => following.stop());
    return following;
  };
  return {
    broker,
    link,
    topology,
    publisher,
    mailboxes,
    crash: async () => {
      await broker.kill();
      await until(() => !link.connected());
      await broker.restart();
    },
    follow,
    all: async () => {
      const last = await stream.last();
      const entries: Entry[] = [];
      const following = follow(0, (batch) => void entries.push(...batch));
      await until(() => (entries.at(-1)?.seq ?? 1) >= last);
      await following.stop();
      return entries;
    },
  };
}

/** Waits until it holds. */
export const until = (holds: () => boolean, timeout = PATIENCE_MS): Promise<void> =>
  vi.waitFor(
    () => {
      if (!holds()) throw new Error(`still not: ${String(holds)}`);
    },
    { timeout, interval: 5 },
  );

export const rising = (seqs: readonly number[]): boolean =>
  seqs.every((seq, i) => i === 0 || seq > (seqs[i - 1] ?? 0));
