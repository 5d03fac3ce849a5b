import type { StreamConfig } from "@nats-io/jetstream";
import { dealt } from "./slots.ts";
import {
  ACTIVITY_REPUBLISH,
  ACTIVITY_STREAM,
  ACTIVITY_SUBJECTS,
  checkpointStream,
  checkpointSubject,
  DEADLETTER_STREAM,
  DEADLETTER_SUBJECTS,
  kvStream,
  kvSubject,
  mailboxStream,
  mailboxSubjects,
} from "./subjects.ts";

/** The streams as they should be: the configurations of those that are made. */

const SECONDS = 1e9;
/** In the metadata of a mailbox stream: to how many the slots were dealt. */
export const DEALT_KEY = "posthorn-dealt";
/** The number of mailbox streams to which the slots were dealt, as the first says; 0: it does not. */
export const dealtIn = (
  config: { metadata?: Record<string, string> | undefined } | undefined,
): number => Number(config?.metadata?.[DEALT_KEY] ?? 0);
/**
 * Repeats within this are dropped by the broker; later ones by the actors. Costs 0.2 KiB per id. Twice the
 * minute after which a publish is given up, so that its last repeat comes before its id is forgotten.
 */
const DUPLICATE_WINDOW_S = 120;
/** Entries that could not be worked off; the oldest are forgotten first. */
const DEADLETTERS_MAX = 10_000;
/** A body of 16,384 four-byte characters and an envelope, with room. */
const MESSAGE_BYTES_MAX = 128 * 1024;

export const SNAPSHOTS = "SNAPSHOT";
export const GATEWAYS = "GATEWAY";

/**
 * The streams of a backup, in this order, of so many mailbox streams: a checkpoint or a snapshot must never be newer than
 * the mailbox that it is of. The registry of gateways and the list of what was set aside are of no use later.
 */
export const backedUp = (partitions: number): string[] => [
  ...Array.from({ length: partitions }, (_, k) => checkpointStream(k)),
  kvStream(SNAPSHOTS),
  ...Array.from({ length: partitions }, (_, k) => mailboxStream(k)),
  ACTIVITY_STREAM,
];

/** All streams of so many mailbox streams. */
export const everyStream = (partitions: number): string[] => [
  ...backedUp(partitions),
  DEADLETTER_STREAM,
  kvStream(GATEWAYS),
];

/** How many mailbox streams, and how many copies of each stream, when there are none yet; and the cluster that they are of. */
export interface Wanted {
  readonly partitions: number;
  readonly replicas: number;
  /** Default: that of a cluster which was given none. */
  readonly cluster?: string;
}
/** A configuration with the name of its stream. */
export type Named = Partial<StreamConfig> & { readonly name: string };

/** The mailbox streams as they should be, when there are none yet. */
export const mailboxStreams = ({ partitions, replicas }: Wanted): Named[] =>
  Array.from({ length: partitions }, (_, k) => ({
    ...shared(replicas),
    name: mailboxStream(k),
    subjects: mailboxSubjects(k, dealt(k, partitions)),
    duplicate_window: DUPLICATE_WINDOW_S * SECONDS,
    max_consumers: 1000,
    // For every durability class: which one it is may change from start to start, the streams stay.
    allow_atomic: true,
    metadata: { [DEALT_KEY]: String(partitions) },
  }));

/** The other streams as they should be. */
export function otherStreams({ partitions, replicas }: Wanted): Named[] {
  const table = (bucket: string, more: Partial<StreamConfig> = {}): Named => ({
    ...shared(replicas),
    name: kvStream(bucket),
    subjects: [kvSubject(bucket, ">")],
    max_msgs_per_subject: 1,
    max_msg_size: -1,
    ...more,
  });
  return [
    {
      ...shared(replicas),
      name: ACTIVITY_STREAM,
      subjects: [ACTIVITY_SUBJECTS],
      max_msgs_per_subject: 1,
      republish: ACTIVITY_REPUBLISH,
    },
    {
      ...shared(replicas),
      name: DEADLETTER_STREAM,
      subjects: [DEADLETTER_SUBJECTS],
      max_msgs: DEADLETTERS_MAX,
      duplicate_window: DUPLICATE_WINDOW_S * SECONDS,
    },
    ...Array.from({ length: partitions }, (_, k) => ({
      ...shared(replicas),
      name: checkpointStream(k),
      subjects: [checkpointSubject(k, ">")],
      max_msgs_per_subject: 1,
    })),
    table(SNAPSHOTS),
    table(GATEWAYS, { allow_msg_ttl: true }),
  ];
}

/** No stream allows roll-up headers: one of them, from anybody who may publish, would empty it. */
const shared = (replicas: number) =>
  ({
    storage: "file",
    retention: "limits",
    discard: "old",
    num_replicas: replicas,
    allow_direct: true,
    allow_rollup_hdrs: false,
    max_msg_size: MESSAGE_BYTES_MAX,
  }) as const;
