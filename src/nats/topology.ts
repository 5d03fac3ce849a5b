import {
  jetstreamManager,
  type JetStreamManager,
  type StreamInfo,
  type StreamInfoRequestOptions,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { StartError } from "../start-error.ts";
import { assertOfCluster, CLUSTER_KEY, CLUSTER_NAME } from "./clustername.ts";
import { reason } from "./connection.ts";
import { meaningForStreams, NotMadeError, NotYetError } from "./notyet.ts";
import { newEpoch } from "./firstword.ts";
import { AnotherLifeError, ownWords } from "./ownwords.ts";
import { Owners, UnreadableWordError } from "./owners.ts";
import { SLOTS } from "../events/limits.ts";
import { slotOf } from "./slots.ts";
import { dealtIn, mailboxStreams, otherStreams, type Named, type Wanted } from "./streams.ts";
import type { Destination } from "./publish/publication.ts";
import { mailboxStream, otherStreamAt, slotAt, slotsOf } from "./subjects.ts";

/** In the metadata of each stream: which format it is of, and what names this life of it. */
export const FORMAT_KEY = "posthorn-format";
export const EPOCH_KEY = "posthorn-epoch";
/** The number of what lies in the streams, and under which subjects; raised when either changes (docs/events.md). */
export const FORMAT = "2";
/** In the place of a format: the stream is being put back from a backup, and nobody may use it before all are. */
export const RESTORING = "restoring";
/** In the place of a format: slots are on their way from one stream to another (docs/adr/0046). */
export const SPLITTING = "splitting";
/** A stream that was made anew between two questions agrees with itself at the next look. */
const LOOKS = 5;
const LOOK_AGAIN_MS = 200;

/** The streams as they really are. */
export interface Topology {
  /** Mailbox streams: `MAILBOX_0` to one below this. */
  readonly partitions: number;
  readonly replicas: number;
  /** Names this life of a stream; by stream name. */
  readonly epochs: ReadonlyMap<string, string>;
  /** The rules of each mailbox stream, as its last entry about itself says. */
  readonly rules: ReadonlyMap<string, number>;
  /** The number of the stream that holds the owner's slot. */
  partitionOf(owner: string): number;
  /** The slots of mailbox stream `k`. */
  slotsOf(k: number): readonly number[];
  /** The stream at a subject of this system's own. */
  destinationAt(subject: string): Destination;
  /** The mailbox streams' words about themselves. */
  readonly owners: Owners;
  readonly jsm: JetStreamManager;
}

/** How far a process may go: use what is there; make what is missing, too. */
export type Right = "use" | "make";
/** Sees to it that there is a stream of this cluster. */
type Make = (jsm: JetStreamManager, config: Named) => Promise<StreamInfo>;

/**
 * Makes the streams that are missing, if this process may, and reads back what is there: how the slots are dealt, what
 * names each stream's life.
 * @throws StartError when JetStream is off, a stream cannot be made, is of another format or of another cluster; NotYetError when it is worth waiting.
 */
export async function ensureTopology(
  nc: NatsConnection,
  wish: Wanted,
  right: Right = "make",
): Promise<Topology> {
  const { cluster = CLUSTER_NAME } = wish;
  const ensure: Make = async (jsm, config) => {
    const info = await (right === "make" ? made(jsm, config, cluster) : there(jsm, config));
    assertOfCluster(info.config, cluster);
    return info;
  };
  for (let looks = 1; ; looks++)
    try {
      return await foundBy(nc, wish, right, ensure);
    } catch (error) {
      if (!(error instanceof AnotherLifeError) || looks === LOOKS)
        throw verdictOn(error, nc, wish.replicas);
      await new Promise((done) => setTimeout(done, LOOK_AGAIN_MS));
    }
}

/** One look at the streams. @throws Error of whatever kind. */
async function foundBy(
  nc: NatsConnection,
  wish: Wanted,
  right: Right,
  ensure: Make,
): Promise<Topology> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const mailboxes = await ensureMailboxes(jsm, wish, ensure);
  const epochs = new Map(mailboxes.map((info) => [info.config.name, epochOf(info)]));
  for (const config of otherStreams({ ...wish, partitions: mailboxes.length }))
    epochs.set(config.name, epochOf(await ensure(jsm, config)));
  const lives = mailboxes.map((info) => ({ name: info.config.name, epoch: epochOf(info) }));
  const said = await ownWords(nc, jsm, lives, right === "make");
  const rules = new Map(said.map(({ owner }, k) => [mailboxStream(k), owner.rules]));
  const slots = mailboxes.map(({ config }) => slotsOf(config.subjects));
  const streams = dealtTo(slots);
  const destinations = mailboxes.map(({ config }) => ({
    stream: config.name,
    gathers: config.allow_atomic === true,
  }));
  const bySlot = streams.map((k) => destinations[k]);
  return {
    partitions: mailboxes.length,
    replicas: mailboxes[0]?.config.num_replicas ?? wish.replicas,
    epochs,
    rules,
    partitionOf: (owner) => streams[slotOf(owner)] ?? 0,
    slotsOf: (k) => slots[k] ?? [],
    destinationAt: (subject) =>
      bySlot[slotAt(subject) ?? SLOTS] ?? { stream: otherStreamAt(subject), gathers: false },
    owners: new Owners(said),
    jsm,
  };
}

/** An error as a start takes it: as its end, with a sentence, or as worth waiting. */
function verdictOn(error: unknown, nc: NatsConnection, replicas: number): Error {
  if (error instanceof StartError || error instanceof NotYetError) return error;
  if (error instanceof UnreadableWordError) return new StartError(error.message);
  const meaning = meaningForStreams(error, nc, replicas);
  if (meaning instanceof NotYetError) return meaning;
  return new StartError(`JetStream cannot be used: ${reason(meaning)}`);
}

/** The mailbox streams, `MAILBOX_0` first, which says how many there are. */
async function ensureMailboxes(
  jsm: JetStreamManager,
  wish: Wanted,
  ensure: Make,
): Promise<StreamInfo[]> {
  const [wished] = mailboxStreams(wish);
  if (wished === undefined) throw new StartError("PARTITIONS: at least 1");
  const first = await ensure(jsm, wished);
  const partitions = dealtIn(first.config);
  const streams = [first];
  for (const config of mailboxStreams({ ...wish, partitions }).slice(1))
    streams.push(await ensure(jsm, config));
  return streams;
}

/** By slot, which stream holds it. @throws StartError when one has two, or none. */
function dealtTo(slots: readonly (readonly number[])[]): readonly number[] {
  const streams: number[] = [];
  for (const [k, held] of slots.entries())
    for (const slot of held) {
      if (streams[slot] !== undefined)
        throw new StartError(`slot ${slot} lies in MAILBOX_${streams[slot]} and in MAILBOX_${k}`);
      streams[slot] = k;
    }
  for (let slot = 0; slot < SLOTS; slot++)
    if (streams[slot] === undefined) throw new StartError(`slot ${slot} lies in no mailbox stream`);
  return streams;
}

/** The stream, which somebody else has made. @throws NotMadeError while nobody has. */
async function there(jsm: JetStreamManager, { name }: Named): Promise<StreamInfo> {
  const found = await find(jsm, name);
  if (found === undefined) throw new NotMadeError(`stream ${name}`);
  return assertFormat(found);
}

/** The stream, made if it is missing. */
async function made(jsm: JetStreamManager, config: Named, cluster: string): Promise<StreamInfo> {
  const found = await find(jsm, config.name);
  if (found !== undefined) return assertFormat(found);
  const metadata = {
    ...config.metadata,
    [FORMAT_KEY]: FORMAT,
    [CLUSTER_KEY]: cluster,
    [EPOCH_KEY]: newEpoch(),
  };
  try {
    return await jsm.streams.add({ ...config, metadata });
  } catch (error) {
    // Another process was first, with a random epoch of its own.
    const other = await find(jsm, config.name);
    if (other === undefined) throw error;
    return assertFormat(other);
  }
}

/** @throws StartError when the stream is of another format, not put back to its end, or not split to its end. */
export function assertFormat(info: StreamInfo): StreamInfo {
  const format = info.config.metadata?.[FORMAT_KEY] ?? "1";
  if (format === RESTORING)
    throw new StartError(
      `stream ${info.config.name} is being put back, or that was cut off: run posthorn restore to its end`,
    );
  if (format === SPLITTING)
    throw new StartError(
      "the streams are being split, or that was cut off: run posthorn partitions split to its end, or with --back",
    );
  if (format !== FORMAT)
    throw new StartError(
      `stream ${info.config.name} is of format ${format}, this version reads format ${FORMAT}: ` +
        "give it an empty broker store (docs/operations.md, Formats)",
    );
  return info;
}

const epochOf = (info: StreamInfo): string => info.config.metadata?.[EPOCH_KEY] ?? "";

/** Is there such a stream? @throws Error when the broker does not answer. */
export const hasStream = async (nc: NatsConnection, name: string): Promise<boolean> =>
  (await find(await jetstreamManager(nc, { checkAPI: false }), name)) !== undefined;

/** The stream as it is; undefined: there is none. @throws Error when the broker does not answer. */
export async function find(
  jsm: JetStreamManager,
  name: string,
  more?: Partial<StreamInfoRequestOptions>,
): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name, more);
  } catch (error) {
    if (error instanceof Error && /not found/.test(error.message)) return undefined;
    throw error;
  }
}
