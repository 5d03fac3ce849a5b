import type { Entry } from "../events/entry.ts";
import { fnv1a } from "../events/ids.ts";

/**
 * The only place where subjects are built and read (docs/architecture.md, "Subjects").
 * Every id that comes here has passed `events/ids.ts`, so it is one token and no wildcard.
 */
export const mailboxStream = (partition: number): string => `MAILBOX_${partition}`;
export const ACTIVITY_STREAM = "ACTIVITY";

export const factSubject = (partition: number, owner: string): string =>
  `fact.${partition}.${owner}`;
export const copySubject = (partition: number, owner: string): string =>
  `copy.${partition}.${owner}`;
export const activitySubject = (partition: number, user: string): string =>
  `activity.${partition}.${user}`;
/** An entry of `owner` that could not be worked off: which, and why. */
export const deadletterSubject = (partition: number, owner: string): string =>
  `deadletter.${partition}.${owner}`;
export const DEADLETTER_STREAM = "DEADLETTER";
export const DEADLETTER_SUBJECTS = "deadletter.*.*";
/** Where the broker repeats each stored activity, with its time: what presence is served from. */
export const presenceSubject = (partition: number, user: string): string =>
  `presence.${partition}.${user}`;
export const signalSubject = (partition: number): string => `signal.${partition}`;
export const gatewaySubject = (gatewayId: string): string => `gateway.${gatewayId}`;
export const VIEW_SUBJECT = "view.query";

export const mailboxSubjects = (partition: number): string[] => [
  factSubject(partition, "*"),
  copySubject(partition, "*"),
];
export const ACTIVITY_SUBJECTS = "activity.*.*";
export const ACTIVITY_REPUBLISH = {
  src: ACTIVITY_SUBJECTS,
  dest: "presence.{{wildcard(1)}}.{{wildcard(2)}}",
};

export const directGetSubject = (stream: string): string => `$JS.API.DIRECT.GET.${stream}`;
export const leaderGetSubject = (stream: string): string => `$JS.API.STREAM.MSG.GET.${stream}`;
export const nextSubject = (stream: string, consumer: string): string =>
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
export const kvSubject = (bucket: string, key: string): string => `$KV.${bucket}.${key}`;
export const kvStream = (bucket: string): string => `KV_${bucket}`;

/** `fact.3.alice` → the kind of entry and whose it is. */
export function parseEntrySubject(subject: string): Pick<Entry, "kind" | "owner"> {
  const first = subject.indexOf(".");
  return {
    kind: subject.slice(0, first) as Entry["kind"],
    owner: subject.slice(subject.indexOf(".", first + 1) + 1),
  };
}

/** `$JS.ACK.<stream>.<consumer>.<n>.<stream seq>.<delivery seq>.<ns>.<pending>`, or with domain and account before the stream. */
export function parseAckSubject(subject: string): { seq: number; delivery: number; at: number } {
  const tokens = subject.split(".", 11);
  const o = tokens.length > 9 ? 2 : 0;
  return {
    seq: Number(tokens[5 + o]),
    delivery: Number(tokens[6 + o]),
    // Nanoseconds exceed what a number holds exactly: cut the text.
    at: Number(tokens[7 + o]?.slice(0, -6)),
  };
}

/** The partition of an owner: FNV-1a 32 of the id, the same as the server's `partition()`. */
export const partitionOf = (owner: string, partitions: number): number =>
  partitions === 1 ? 0 : fnv1a(owner) % partitions;

/** Where an owner's subjects are: its partition and itself. */
export const placeIn =
  (partitions: number) =>
  (owner: string): [partition: number, owner: string] => [partitionOf(owner, partitions), owner];
