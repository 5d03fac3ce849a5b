import { beginByHand } from "../actors/generations/judge.ts";
import type { Records } from "../actors/ports.ts";
import { latest } from "../events/position.ts";
import { records } from "../nats/kv/records.ts";
import { lastOwner, Owners, type OwnerEntry } from "../nats/owners.ts";
import { streamLog } from "../nats/read/streamlog.ts";
import { mailboxStream } from "../nats/subjects.ts";
import type { Administered } from "../nats/bundle/administered.ts";
import { highestGeneration, inventory } from "../nats/bundle/inventory.ts";
import { epochIn, finished } from "../nats/bundle/metadata.ts";

/** Replicas of a stream that was put back a moment ago answer nothing before they have all of it. */
const TRIES = 240;
const PAUSE_MS = 500;

/** A mailbox stream that was put back, with what was saved of it. */
interface Stream {
  readonly name: string;
  readonly epoch: string;
  readonly records: Records;
  /** The generation that it was in, and the one in which it goes on. */
  readonly was: number;
  readonly generation: number;
  /** The backup itself has lost the end of the stream: a roll-back that nobody had noticed when it was taken. */
  readonly isShort: boolean;
}

/**
 * The last steps of a restore. Each mailbox stream begins a generation, above `above` and all that the backup knows
 * of, and goes on under the epoch of its metadata; the checkpoints of the backup go on in it. Last of all the streams
 * say their format, `MAILBOX_0` behind all others.
 * @returns the highest generation that was begun.
 */
export async function finish(
  { exchange, jsm }: Administered,
  names: readonly string[],
  above: number,
): Promise<number> {
  const mailboxes = names.filter((name) => name.startsWith("MAILBOX_"));
  const epochs = new Map<string, string>();
  const entries: OwnerEntry[] = [];
  let replicas = 1;
  for (const k of mailboxes.keys()) {
    const { config } = await jsm.streams.info(mailboxStream(k));
    replicas = Math.max(replicas, config.num_replicas);
    epochs.set(config.name, epochIn(config.metadata));
    entries.push(await ownerOf(jsm, k));
  }
  const topology = { jsm, epochs, owners: new Owners(entries), replicas };
  const highest = Math.max(above, await highestGeneration(jsm, await inventory(jsm)));
  /** Nobody else saves meanwhile, so nothing is compared. */
  const replace = (subject: string, text: string): Promise<number> => exchange.store(subject, text);
  const streams: Stream[] = [];
  for (const [k, { owner }] of entries.entries()) {
    const name = mailboxStream(k);
    const epoch = epochs.get(name) ?? "";
    const own = records(k, topology, { replace }, Date.now);
    const log = streamLog(k, exchange, topology);
    const wish = { from: (await log.end()) + 1, above: highest, epoch };
    const { generation, from } = await beginByHand(log, own, wish);
    const isShort = from < wish.from;
    streams.push({ name, epoch, records: own, was: latest(owner.marks), generation, isShort });
  }
  await carryOver(streams);
  const ordered = [...names.filter((name) => name !== mailboxStream(0)), mailboxStream(0)];
  for (const name of ordered) {
    const { config } = await jsm.streams.info(name);
    await jsm.streams.update(name, { ...config, metadata: { ...finished(config.metadata) } });
  }
  return Math.max(...streams.map(({ generation }) => generation));
}

/**
 * The checkpoints of the backup count in the generations that begin: they were taken before every mailbox stream, so
 * everything up to them is told already, in what was put back, and everything behind them is told as after any stop.
 * A stream that was owed something then is owed it still, and so is one whose end was missing in the backup.
 */
async function carryOver(streams: readonly Stream[]): Promise<void> {
  for (const { epoch, records: own } of streams) {
    const checkpoint = await own.checkpoint();
    if (checkpoint === undefined) continue;
    const told = streams.map(({ was, generation, isShort }, j) => {
      const before = checkpoint.told[j] ?? 0;
      return before >= was && !isShort ? generation : before;
    });
    await own.saveCheckpoint({ ...checkpoint, epoch, told });
  }
}

/** The last entry of stream `k` about itself, once a replica gives it. @throws Error when none does for two minutes. */
async function ownerOf(jsm: Administered["jsm"], k: number): Promise<OwnerEntry> {
  for (let tries = 1; ; tries++) {
    try {
      const last = await lastOwner(jsm, k);
      if (last !== undefined) return last;
    } catch (error) {
      if (tries === TRIES) throw error;
    }
    if (tries === TRIES) throw new Error(`${mailboxStream(k)} says nothing of itself`);
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}
