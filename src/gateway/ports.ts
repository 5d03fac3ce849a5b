import type { Activity } from "../events/activity.ts";
import type { Entry } from "../events/entry.ts";
import type { Receipt, Stated } from "../events/event.ts";
import type { Fact } from "../events/fact.ts";
import type { Durability } from "../protocol/frames/send.ts";
import type { Claim } from "../rules/claim.ts";
import type { Tick } from "../events/tick.ts";
import type { Audience, FollowQuestion } from "../protocol/internal/signal.ts";
import type { Query } from "../protocol/internal/query.ts";
import type { GroupRecord, Parcel } from "../protocol/internal/routes.ts";

/** The users' mailboxes as the log has them. */
export interface Mailboxes {
  /** Names this life of the user's mailbox stream. */
  epochOf(user: string): string;
  /** The position of what lies at `seq` of the user's mailbox, in the generation that this process knows it to be of. */
  positionAt(user: string, seq: number): number;
  /**
   * Is the log still the one in which a device of the user has come so far, by the marks and the entries that this process can
   * see? Nothing where the claim stands is no evidence. @throws Error when the broker does not answer.
   */
  holds(user: string, claim: Claim): Promise<boolean>;
  /** How many streams the mailboxes are in, and the number of the one that has the user's. */
  readonly streams: number;
  streamOf(user: string): number;
  /**
   * By user, seq of the last entry of the mailbox, of users in stream `k`, as an answer says it that has the stream up to
   * `atLeast`. A user without an entry is not in it.
   * @throws UnavailableError when nobody has the stream so far within 2 s.
   */
  heads(k: number, users: readonly string[], atLeast: number): Promise<ReadonlyMap<string, number>>;
  /**
   * The user's own fact at `seq`, as JSON text; undefined: there is none, as far as three questions tell.
   * @throws Error when the broker does not answer.
   */
  fact(user: string, seq: number): Promise<string | undefined>;
  /** Begins to read the user's entries behind `after`, before it is known how far. */
  begin(user: string, after: number, coming: Coming): LogReading;
}

/** Sessions that are about to read their mailboxes, as long as it is asked: a crowd reads together. */
export interface Coming {
  readonly size: number;
}

/** A reading of a mailbox that has begun. */
export interface LogReading {
  readonly after: number;
  /**
   * The entries up to `upTo`, which exists, in order, in pages: each as soon as all that is before its end is
   * known. Taken once. @throws UnavailableError
   */
  pages(upTo: number): AsyncIterable<{
    readonly entries: readonly Entry[];
    /** How many are to come, about; 0 also where that is not known. */
    readonly pending: number;
  }>;
  /** Nobody waits for it any more. */
  stop(): void;
}

/** Stores what users do. */
export interface Facts {
  /**
   * Stores what the user did in the user's own mailbox, behind what the same session has stated
   * before. Resolves with its seq; `duplicate`: the broker knows its name, so `seq` is where something
   * of that name was stored before. `again`: a random name that sets it apart from that.
   * @throws UnavailableError when the broker has not stored it in time: it may be tried again.
   * @throws RefusedError when it can never be stored as it is.
   * @throws NotAdmittedError when not every process can read an entry of its type yet.
   */
  state(
    user: string,
    sessionId: string,
    event: Stated,
    again?: string,
  ): Promise<{ readonly seq: number; readonly duplicate: boolean }>;
  /** Is whatever the user does now refused at once, since the user's stream is away? An opening, too, which would need an end. */
  refuses(user: string): boolean;
  /**
   * Stores how far the user has come; undefined: one that waits has taken it up.
   * @throws UnavailableError when the broker has not stored it in time.
   */
  receipt(
    user: string,
    sessionId: string,
    fact: Extract<Fact, Receipt>,
  ): Promise<{ readonly event: Extract<Fact, Receipt> }> | undefined;
}

/** The views, wherever they are kept. */
export interface Views {
  /** The text of a reply (protocol/internal/query.ts). @throws Error when nobody answers in time. */
  ask(query: Query): Promise<string>;
}

/** The groups as the log has them, and as their hosts tell of them. */
export interface GroupLog {
  /** Hears what the host of a group spreads. Returns how to end that. */
  attend(group: string, hear: (record: GroupRecord) => void): () => void;
  /** By group, the last fact of groups in stream `k`, as `heads` has the last entries of users. @throws UnavailableError */
  groupHeads(
    k: number,
    groups: readonly string[],
    atLeast: number,
  ): Promise<ReadonlyMap<string, GroupHead>>;
  /** The entries of stream `k` at these seqs, but for those that are gone. @throws UnavailableError */
  groupFacts(k: number, seqs: readonly number[]): Promise<readonly Entry[]>;
  /** Stores what the gateway has gathered in a group's mailbox. Resolves with its seq. @throws UnavailableError */
  gather(group: string, tick: Tick): Promise<number>;
}

/** Seq and envelope of a fact of a group, all as seqs. */
export interface GroupHead {
  readonly seq: number;
  /** The user whose membership it ends. */
  readonly ended?: string | undefined;
  /** The last fact before it that ended a membership; 0: none did. */
  readonly endedBefore: number;
}

/** Signals, which are told and never stored. */
export interface Signals {
  typing(typing: { to: string; from: string }): void;
  /** Asks the user's actor which groups the user follows. */
  follow(question: FollowQuestion): void;
  /** Tells the hosts of groups that they are followed here. */
  audience(audience: Audience): void;
}

/** When users were active. */
export interface Activities {
  /** May be lost, as when the broker is away. */
  active(user: string, action: Activity["action"]): void;
  /** Calls back with the broker's time (ms since 1970) of each later activity; returns the unsubscribe. */
  onActive(user: string, hear: (at: number) => void): () => void;
  /**
   * The last activity; undefined: never seen. `at`: ms since 1970. `ageMs`: how long ago, by the broker's
   * clock alone. @throws Error when the broker does not answer.
   */
  lastActive(user: string): Promise<{ readonly at: number; readonly ageMs: number } | undefined>;
}

/** Is told what a gateway does, in numbers. A call costs a fraction of a microsecond, and never throws. */
export interface Meter {
  /** A send was answered: stored, so many ms after its frame had come, or refused. */
  send(isStored: boolean, ms: number): void;
  /** A frame or a handshake was refused. `code`: of the table of refusals. */
  refused(code: string): void;
  /** A session has reached a milestone. `code`: why it was closed or refused. */
  session(is: "opened" | "closed" | "refused", code?: string): void;
}

/** Neighbourhood of a gateway: whether anything is stored for it, and whether it is alone. */
export interface Neighbourhood {
  /** When anything was last stored for this process, in any stream, the registry included; ms of the monotonic clock. */
  readonly storedAt: number;
  /** Says this gateway's word in the registry, ahead of its turn. */
  renew(): void;
  /** Did other gateways live when this one last heard? */
  readonly hasOthers: boolean;
}

/** The world, as a gateway needs it. */
export interface World extends Mailboxes, GroupLog, Facts, Views, Signals, Activities {
  readonly neighbourhood: Neighbourhood;
  /** Undefined: this gateway was declared dead, and its next id is not registered yet; no session can be opened. */
  readonly gatewayId: string | undefined;
  readonly durability: Durability;
  /** Hears what actor hosts route to this gateway. */
  onRoute(hear: (parcel: Parcel) => void): () => void;
  onReconnect(listener: () => void): () => void;
}

/** The user that a token names. */
export interface Identity {
  readonly user: string;
  /** The end of the token, ms since 1970. */
  readonly expiresAt: number;
  /** When the token was issued, ms since 1970; absent: it does not say. */
  readonly issuedAt?: number;
}

/** Reads a token. @returns undefined when it is not accepted, for good. @throws NotNowError */
export type Verify = (token: string) => Promise<Identity | undefined>;

/** The question cannot be judged just now, and may be in `retryAfterMs`. */
export class NotNowError extends Error {
  override readonly name = "NotNowError";
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super("cannot be judged just now");
    this.retryAfterMs = retryAfterMs;
  }
}
