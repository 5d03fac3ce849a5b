import {
  jetstreamManager,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { StartError } from "../start-error.ts";
import {
  ACTIVITY_REPUBLISH,
  ACTIVITY_STREAM,
  ACTIVITY_SUBJECTS,
  DEADLETTER_STREAM,
  DEADLETTER_SUBJECTS,
  kvStream,
  kvSubject,
  mailboxStream,
  mailboxSubjects,
} from "./subjects.ts";

const SECONDS = 1e9;
const PARTITIONS_KEY = "posthorn-partitions";
/**
 * Repeats within this are dropped by the broker; later ones by the actors. Costs 0.2 KiB per id. Twice the
 * minute after which a publish is given up, so that its last repeat comes before its id is forgotten.
 */
const DUPLICATE_WINDOW_S = 120;
/** Entries that could not be worked off; the oldest are forgotten first. */
const DEADLETTERS_MAX = 10_000;
/** A body of 16,384 four-byte characters and an envelope, with room. */
const MESSAGE_BYTES_MAX = 128 * 1024;

export const CHECKPOINTS = "CHECKPOINT";
export const SNAPSHOTS = "SNAPSHOT";
export const GATEWAYS = "GATEWAY";

/** The streams as they really are. */
export interface Topology {
  readonly partitions: number;
  readonly replicas: number;
  /** Names this life of a stream; by stream name. */
  readonly epochs: ReadonlyMap<string, string>;
  readonly jsm: JetStreamManager;
}

/** What the streams should be. The partition count of streams that exist wins over the wish. */
function streams(partitions: number, replicas: number): Partial<StreamConfig>[] {
  const shared = {
    storage: "file",
    retention: "limits",
    discard: "old",
    num_replicas: replicas,
    allow_direct: true,
    max_msg_size: MESSAGE_BYTES_MAX,
  } as const;
  const table = (bucket: string, more: Partial<StreamConfig> = {}): Partial<StreamConfig> => ({
    ...shared,
    name: kvStream(bucket),
    subjects: [kvSubject(bucket, ">")],
    max_msgs_per_subject: 1,
    max_msg_size: -1,
    ...more,
  });
  return [
    ...Array.from({ length: partitions }, (_, p) => ({
      ...shared,
      name: mailboxStream(p),
      subjects: mailboxSubjects(p),
      allow_msg_ttl: true,
      duplicate_window: DUPLICATE_WINDOW_S * SECONDS,
      max_consumers: 1000,
      metadata: { [PARTITIONS_KEY]: String(partitions) },
    })),
    {
      ...shared,
      name: ACTIVITY_STREAM,
      subjects: [ACTIVITY_SUBJECTS],
      max_msgs_per_subject: 1,
      republish: ACTIVITY_REPUBLISH,
    },
    {
      ...shared,
      name: DEADLETTER_STREAM,
      subjects: [DEADLETTER_SUBJECTS],
      max_msgs: DEADLETTERS_MAX,
      duplicate_window: DUPLICATE_WINDOW_S * SECONDS,
    },
    table(CHECKPOINTS),
    table(SNAPSHOTS),
    table(GATEWAYS, { allow_msg_ttl: true }),
  ];
}

/**
 * Makes the streams that are missing and reads back what is there.
 * @throws StartError when JetStream is off or a stream cannot be made.
 */
export async function ensureTopology(
  nc: NatsConnection,
  wish: { partitions: number; replicas: number },
): Promise<Topology> {
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const first = await find(jsm, mailboxStream(0));
    const partitions = Number(first?.config.metadata?.[PARTITIONS_KEY] ?? wish.partitions);
    const epochs = new Map<string, string>();
    for (const config of streams(partitions, wish.replicas)) {
      const name = config.name ?? "";
      const info = (await find(jsm, name)) ?? (await jsm.streams.add({ ...config, name }));
      epochs.set(name, Date.parse(info.created).toString(36));
    }
    const replicas = (await jsm.streams.info(mailboxStream(0))).config.num_replicas;
    return { partitions, replicas, epochs, jsm };
  } catch (error) {
    throw new StartError(
      `JetStream cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function find(jsm: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (error instanceof Error && /not found/.test(error.message)) return undefined;
    throw error;
  }
}
