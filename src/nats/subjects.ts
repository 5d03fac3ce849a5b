import type { Entry } from "../events/entry.ts";
import { instantOfDigits, type Instant } from "../events/instant.ts";
import { isGroup } from "../events/messageid.ts";
import { patternsOf, slotFrom, slotOf, slotsIn, tokensOf } from "./slots.ts";

/**
 * The only place where subjects are built and read (docs/architecture.md, "Subjects").
 * Every id that comes here has passed `events/ids.ts`, so it is one token and no wildcard. A slot is
 * two tokens: `fact.7.19.alice`.
 */
export const mailboxStream = (k: number): string => `MAILBOX_${k}`;
/** The number of a mailbox stream; undefined: it is another one. */
export const numberOf = (stream: string): number | undefined =>
  stream.startsWith("MAILBOX_") ? Number(stream.slice("MAILBOX_".length)) : undefined;
/** The stream of everything that the actors of mailbox stream `k` save outside of it. */
export const checkpointStream = (k: number): string => `CHECKPOINT_${k}`;
/** The mailbox stream whose checkpoints a stream holds; undefined: it is no stream of checkpoints. */
export const mailboxBeside = (stream: string): string | undefined =>
  stream.startsWith("CHECKPOINT_")
    ? mailboxStream(Number(stream.slice("CHECKPOINT_".length)))
    : undefined;
/** A record in it: `key` is one token, or `kept.<n>`. */
export const checkpointSubject = (k: number, key: string): string => `checkpoint.${k}.${key}`;
/** Has a stream a number, as those of mailboxes and of checkpoints have? The set that a backup has may be smaller. */
export const isNumbered = (stream: string): boolean => /^(?:MAILBOX|CHECKPOINT)_\d+$/.test(stream);
export const ACTIVITY_STREAM = "ACTIVITY";
export const DEADLETTER_STREAM = "DEADLETTER";

/**
 * The subjects of a mailbox: what its owner did, or the group has accepted; what it was told, or asked; which devices came and
 * went, of a user; receipts that gateways have gathered, of a group.
 */
const MAILBOX_KINDS = ["fact", "copy", "session", "tick"] as const;

const owned =
  (kind: string) =>
  (owner: string): string =>
    `${kind}.${place(owner)}`;
/** An owner with the slot in front: `7.19.alice`. Also the key of a snapshot. */
export const place = (owner: string): string => `${tokensOf(slotOf(owner))}.${owner}`;

export const factSubject = owned("fact");
export const copySubject = owned("copy");
export const sessionSubject = owned("session");
export const tickSubject = owned("tick");
export const activitySubject = owned("activity");
/** An entry of `owner` that could not be worked off: which, and why. */
export const deadletterSubject = owned("deadletter");
/** The subject on which the broker repeats each stored activity, with its time: presence is served from it. */
export const presenceSubject = owned("presence");
/** The subject on which gateways that follow a group are told what it has accepted. */
export const groupSubject = owned("group");
/** Subject of words to an owner that nobody stores. */
export const signalSubject = (owner: string): string => `signal.${tokensOf(slotOf(owner))}`;
/** The subject of events of the stream itself: epoch, generations, rules, layout (docs/events.md). */
export const ownerSubject = (k: number): string => `owner.${k}`;
/** The stream's own subjects, as they are heard on core NATS when somebody publishes there. */
export const OWNER_SUBJECTS = "owner.*";
/** `owner.3` → 3; undefined: it is no number of a stream. */
export function streamOf(subject: string): number | undefined {
  const k = Number(subject.slice("owner.".length));
  return Number.isInteger(k) && k >= 0 ? k : undefined;
}
/** The subject on which a host that runs actors says that it lives. */
export const hostSubject = (host: string): string => `host.${host}`;
export const HOST_SUBJECTS = "host.*";
export const gatewaySubject = (gatewayId: string): string => `gateway.${gatewayId}`;
/** The subject of questions about a stream: `view.3`, `view.activity`. One of the replicas that are current hears each. */
export const viewSubject = (stream: string): string =>
  `view.${numberOf(stream) ?? stream.toLowerCase()}`;
/** The subject of a question that none of these has answered: every replica that has the stream hears it. */
export const viewAgainSubject = (stream: string): string => `${viewSubject(stream)}.again`;
/** The subject on which a replica asks for the file of a stream's views: one of those hears it that are current there and of that kin. */
export const offerSubject = (stream: string, kin: string): string =>
  `${viewSubject(stream)}.file.${kin}`;
/** The subject on which replicas of that kin compare the sums of a stream's rows. */
export const sumsSubject = (stream: string, kin: string): string =>
  `${viewSubject(stream)}.sums.${kin}`;
/** The subject on which a process with projections says that it lives, and what it can be asked. */
export const replicaSubject = (host: string): string => `replica.${host}`;
export const REPLICA_SUBJECTS = "replica.*";
/** The subject on which a replica is asked for the copy that it makes. */
export const handoutSubject = (replica: string): string => `replica.${replica}.file`;

/** Every subject of one mailbox. */
export const mailboxOf = (owner: string): string[] =>
  MAILBOX_KINDS.filter((kind) => kind !== (isGroup(owner) ? "session" : "tick")).map(
    (kind) => `${kind}.${place(owner)}`,
  );
/** The subjects of a mailbox that devices follow: of a group what it has accepted alone. */
export const followedOf = (owner: string): string[] =>
  isGroup(owner) ? [factSubject(owner)] : mailboxOf(owner);

/** The subjects of mailbox stream `k`, and what is signalled to the owners of its slots. */
export const mailboxSubjects = (k: number, slots: readonly number[]): string[] => [
  ownerSubject(k),
  ...MAILBOX_KINDS.flatMap((kind) => patternsOf(slots).map((slot) => `${kind}.${slot}.*`)),
];
export const signalSubjects = (slots: readonly number[]): string[] =>
  patternsOf(slots).map((slot) => `signal.${slot}`);

/** `fact.7.19.alice` → 243, the slot of a subject of a mailbox; undefined: it is another subject. Asked for each publish. */
export function slotAt(subject: string): number | undefined {
  const first = subject.indexOf(".");
  if (!SLOTTED.has(subject.slice(0, first))) return undefined;
  const second = subject.indexOf(".", first + 1);
  const third = subject.indexOf(".", second + 1);
  return slotFrom(subject.slice(first + 1, second), subject.slice(second + 1, third));
}
const SLOTTED: ReadonlySet<string> = new Set(MAILBOX_KINDS);

/** The stream at a subject that is of no mailbox; "": none is known there. */
export function otherStreamAt(subject: string): string {
  const [kind, second = ""] = subject.split(".", 2);
  switch (kind) {
    case "$KV":
      return kvStream(second);
    case "activity":
      return ACTIVITY_STREAM;
    case "deadletter":
      return DEADLETTER_STREAM;
    case "owner":
      return mailboxStream(Number(second));
    case "checkpoint":
      return checkpointStream(Number(second));
    default:
      return "";
  }
}

/** The slots of a stream, from its own subjects. @throws Error when its kinds do not agree. */
export function slotsOf(subjects: readonly string[]): number[] {
  const [facts = [], ...others] = MAILBOX_KINDS.map((kind) =>
    subjects
      .filter((subject) => subject.startsWith(`${kind}.`) && subject.endsWith(".*"))
      .flatMap((subject) => slotsIn(subject.slice(kind.length + 1, -2)))
      .toSorted((a, b) => a - b),
  );
  if (others.some((slots) => slots.join() !== facts.join()))
    throw new Error(`its subjects do not name the same slots for ${MAILBOX_KINDS.join(", ")}`);
  return facts;
}

export const DEADLETTER_SUBJECTS = "deadletter.*.*.*";
export const ACTIVITY_SUBJECTS = "activity.*.*.*";
export const ACTIVITY_REPUBLISH = {
  src: ACTIVITY_SUBJECTS,
  dest: "presence.{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}",
};

/** The subject on which the state of a stream is asked for; the answer says the broker's time. */
export const streamInfoSubject = (stream: string): string => `$JS.API.STREAM.INFO.${stream}`;
export const streamCreateSubject = (stream: string): string => `$JS.API.STREAM.CREATE.${stream}`;
/** The subjects on which a stream is changed, loses entries, or goes. */
export const streamUpdateSubject = (stream: string): string => `$JS.API.STREAM.UPDATE.${stream}`;
export const streamPurgeSubject = (stream: string): string => `$JS.API.STREAM.PURGE.${stream}`;
export const streamDeleteSubject = (stream: string): string => `$JS.API.STREAM.DELETE.${stream}`;
/** Every subject of the broker's own on which a role reads a stream. */
export const readSubjects = (stream: string): string[] => [
  streamInfoSubject(stream),
  directGetSubject(stream),
  `${directGetSubject(stream)}.${ownerSubject(0)}`,
];
/** Every subject of the broker's own on which a role follows a stream. */
export const consumerSubjects = (stream: string, consumer: string): string[] => [
  `$JS.API.CONSUMER.CREATE.${stream}.${consumer}`,
  `$JS.API.CONSUMER.DELETE.${stream}.${consumer}`,
  nextSubject(stream, consumer),
];
/** The subject on which a stream is asked for another leader. */
export const stepdownSubject = (stream: string): string =>
  `$JS.API.STREAM.LEADER.STEPDOWN.${stream}`;
/** The subject on which a server is asked to give its replica of a stream to another one (nats-server 2.15). */
export const evacuateSubject = (stream: string): string => `$JS.API.STREAM.PEER.EVACUATE.${stream}`;
/** The subjects on which a snapshot of a stream is asked for, and a stream is made of one. */
export const snapshotSubject = (stream: string): string => `$JS.API.STREAM.SNAPSHOT.${stream}`;
export const restoreSubject = (stream: string): string => `$JS.API.STREAM.RESTORE.${stream}`;
export const directGetSubject = (stream: string): string => `$JS.API.DIRECT.GET.${stream}`;
export const nextSubject = (stream: string, consumer: string): string =>
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
export const kvSubject = (bucket: string, key: string): string => `$KV.${bucket}.${key}`;
export const kvStream = (bucket: string): string => `KV_${bucket}`;

/**
 * `fact.7.19.alice` → the kind of entry and whose it is; `owner.0` → the stream's own, of `0`. An
 * entry of a group is of another kind than one of a user on the same subject.
 */
export function parseEntrySubject(subject: string): Pick<Entry, "kind" | "owner"> {
  const kind = subject.slice(0, subject.indexOf("."));
  const owner = subject.slice(subject.lastIndexOf(".") + 1);
  return { kind: ((isGroup(owner) && OF_GROUPS.get(kind)) || kind) as Entry["kind"], owner };
}
const OF_GROUPS: ReadonlyMap<string, Entry["kind"]> = new Map([
  ["fact", "group"],
  ["copy", "ask"],
]);

/** Begins the reply subject of whatever a consumer delivers; words about the consumer itself have none. */
export const ACK_PREFIX = "$JS.ACK.";

/** How many entries the consumer had, behind the one with this reply subject. */
export function pendingOf(ackSubject: string): number {
  const tokens = ackSubject.split(".", 11);
  return Number(tokens[8 + (tokens.length > 9 ? 2 : 0)]);
}

/**
 * `$JS.ACK.<stream>.<consumer>.<n>.<stream seq>.<delivery seq>.<ns>.<pending>`, or with domain and account before the stream, and a token
 * behind it all. By position: each entry that is followed has one, and a list of its tokens takes half as long again.
 */
export function parseAckSubject(subject: string): {
  seq: number;
  delivery: number;
  instant: Instant;
} {
  const isShort = subject.indexOf(".", behind(subject, 0, PENDING)) < 0;
  const seqAt = behind(subject, 0, isShort ? STREAM_SEQ : STREAM_SEQ + 2);
  const deliveryAt = behind(subject, seqAt, 1);
  const nsAt = behind(subject, deliveryAt, 1);
  return {
    seq: digitsAt(subject, seqAt),
    delivery: digitsAt(subject, deliveryAt),
    instant: instantOfDigits(subject.slice(nsAt, subject.indexOf(".", nsAt))),
  };
}
/** Tokens before the one in a subject without a domain. */
const [STREAM_SEQ, PENDING] = [5, 8];

/** Where so many tokens behind an index end. */
function behind(subject: string, from: number, tokens: number): number {
  let at = from;
  for (let i = 0; i < tokens; i++) at = subject.indexOf(".", at) + 1;
  return at;
}

/** The number that begins at an index and ends before a dot. */
function digitsAt(subject: string, from: number): number {
  const end = subject.indexOf(".", from);
  let number = 0;
  for (let at = from; at < end; at++) number = number * 10 + subject.charCodeAt(at) - ZERO;
  return number;
}
const ZERO = "0".charCodeAt(0);
