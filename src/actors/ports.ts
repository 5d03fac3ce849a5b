import type { Copy } from "../events/copy.ts";
import type { Aside, Entry } from "../events/entry.ts";
import type { Fact } from "../events/fact.ts";
import type { GroupAsk } from "../events/groupask.ts";
import type { GroupFact } from "../events/groupfact.ts";
import type { Owner } from "../events/owner.ts";
import type { Mark } from "../events/position.ts";
import type { Anchor, Checkpoint, Highest, Kept } from "../events/record.ts";
import type { SessionEvent } from "../events/session.ts";
import type { Source } from "../events/source.ts";
import type { Evident } from "../rules/evidence.ts";
import type { Routing } from "../protocol/internal/routes.ts";
import type { Signal } from "../protocol/internal/signal.ts";

/** The mailboxes of the partition's owners as the log has them. */
export interface Mailboxes {
  /** The entries of a mailbox in (after, upTo], in pages. @throws UnavailableError */
  read(owner: string, after: number, upTo: number): AsyncIterable<{ entries: readonly Entry[] }>;
  /** The entries of the partition at these seqs, which have all been read, but for those that are gone. @throws UnavailableError */
  at(seqs: readonly number[]): Promise<readonly Entry[]>;
}

/** The place of a group's fact, and what its envelope says. */
export interface FactPlace {
  readonly after: number;
  /** The user whose membership it ends; absent: nobody's. */
  readonly ended: string | undefined;
  /** Position of the last fact before it that ended a membership; 0: none did. */
  readonly endedBefore: number;
}

/** Stores what actors say. */
export interface Copies {
  /**
   * Stores a copy in `to`'s mailbox, behind every earlier one of the same author. Tried until it is
   * stored. @throws Error when the host is stopping, or it can never be stored.
   */
  copy(to: string, copy: Copy | GroupAsk): Promise<unknown>;
  /** Stores what an actor asks a group for its user, in the user's own mailbox, behind its earlier ones. Tried until it is stored. @throws as `copy`. */
  ask(owner: string, fact: Extract<Fact, { type: "GroupAsked" }>): Promise<unknown>;
  /**
   * Stores what a group has accepted, if its last fact is still the one at seq `after` (0: there is none). Its seq. @throws OutrunError:
   * another is, which may be this one by an answer that was lost; UnavailableError.
   */
  accept(group: string, fact: GroupFact, place: FactPlace): Promise<number>;
  /** Stores that a session ended, which the actor itself states in its own mailbox. @throws UnavailableError */
  close(owner: string, event: SessionEvent): Promise<void>;
}

/** A text per owner, kept outside of the log. @throws Error when the broker does not answer. */
export interface Texts {
  /** `at`: its place, by which it can be replaced; 0: there is none. */
  load(owner: string): Promise<{ readonly text: string | undefined; readonly at: number }>;
  /** Replaces the one at `after`; returns the new place. @throws OutrunError */
  save(owner: string, text: string, after: number): Promise<number>;
}

/** The last written state of each actor, as text. */
export interface Snapshots {
  /**
   * `saved`: the state, and the entry that it stands on; undefined: none that is of use where the mailbox is to be folded up to `upTo`.
   * It is true where the log has that entry. `at`: as in `Texts`. @throws Error when the broker does not answer.
   */
  load(
    owner: string,
    upTo: number,
  ): Promise<{
    readonly saved?: { readonly state: string; readonly on: Anchor };
    readonly at: number;
  }>;
  /** Is the log still the one that was read to here? Asks the broker. @throws Error when it does not answer. */
  isThere(on: Anchor): Promise<boolean>;
  /** `seq`: everything of the mailbox up to there is in the state, whoever's the entry at `seq` is; `after`: as in `Texts`. @throws UnavailableError, RolledBackError, SucceededError */
  save(owner: string, state: string, seq: number, after: number): Promise<number>;
}

/** A mailbox stream as the log has it now. @throws Error when the broker does not answer. */
export interface StreamLog extends Evident {
  readonly epoch: string;
  /** Was this saved of the stream, in this life of it or in one that it was put back from? */
  isOf(saved: { readonly epoch: string }): boolean;
  /** The newest entry of the stream about itself that is known here. */
  readonly said: { readonly seq: number; readonly owner: Owner };
  /** The last entry of the stream about itself, as the broker has it. */
  owner(): Promise<{ readonly seq: number; readonly owner: Owner }>;
  /** Stores the next, if the last one is still at `after`. Its seq; undefined: another process was first. */
  say(owner: Owner, after: number): Promise<number | undefined>;
}

/**
 * Everything that the actors of a stream have saved outside of it, by compare-and-set: saving throws an OutrunError, and saves
 * nothing, where another process has saved since this one read or saved that record last. @throws Error when the broker does not answer.
 */
export interface Records {
  checkpoint(): Promise<Checkpoint | undefined>;
  /** Also keeps the lowest of each minute, for a month. */
  saveCheckpoint(checkpoint: Checkpoint): Promise<void>;
  highest(): Promise<Highest | undefined>;
  saveHighest(highest: Highest): Promise<void>;
  /** Oldest first. */
  kept(): Promise<readonly Kept[]>;
}

/** A word in the registry of gateways. */
export interface Word {
  /** The gateway that it is about, or the host that says it as a witness. */
  readonly gatewayId: string;
  /** Rises with each word that the registry takes. */
  readonly revision: number;
  readonly is: "alive" | "dead" | "witness";
}

/** The registry of gateways, as a host needs it that looks who is alive. @throws Error when the broker does not answer. */
export interface Registry {
  /** The last word of each id that has one behind `after`, oldest first; a replica that is behind may leave some out. */
  words(after: number): Promise<readonly Word[]>;
  /** The last word of one gateway, as some replica has it; undefined: it has none. */
  word(gatewayId: string): Promise<Word | undefined>;
  /** Says something that is about nobody: stored, it shows that the registry takes words. */
  witness(): Promise<void>;
  /** Says for ever that the gateway is dead, if its last word is still at `revision` (0: it has none). False: it is not. */
  declareDead(gatewayId: string, revision: number): Promise<boolean>;
}

/** The progress of the partition. */
export interface Checkpoints {
  /** 0: at the beginning. @throws Error when the broker does not answer. */
  load(): Promise<number>;
  /** @throws UnavailableError */
  save(seq: number): Promise<void>;
}

/** The list of entries that are set aside: those that cannot be read, and those at which a rule fails. */
export interface DeadLetters {
  /** @param error what the rule has thrown, where it is a bug. */
  deadLetter(entry: Entry, aside: Aside, error?: unknown): void;
}

/** Is told how messages travel, in numbers. A call costs a fraction of a microsecond, and never throws. */
export interface Deliveries {
  /** A message that was stored for its author at `sentAt`, ms since 1970, leaves for the sessions of its addressee. */
  delivered(sentAt: number): void;
}

/** Signals, which are told and never stored. */
export interface Signals {
  onSignal(hear: (signal: Signal) => void): () => void;
}

/** The world, as an actor host needs it for one partition. All of it may be slow; only `route` loses. */
export interface World extends Mailboxes, Copies, DeadLetters, Deliveries, Signals {
  /** The number of the partition's own stream, and of the stream that an owner's mailbox lies in. */
  readonly streams: { readonly own: number; of(owner: string): number };
  /** Where the generations of the owner's stream begin, as far as this process has heard. */
  marksOf(owner: string): readonly Mark[];
  readonly source: Pick<Source, "rules" | "last" | "follow">;
  readonly route: Routing["route"];
  readonly spread: Routing["spread"];
  /** Is the gateway declared dead? That is for ever. */
  isDead(gatewayId: string): boolean;
  /** Does an entry of the stream about itself name another owner, behind the claim by which these actors run? */
  isSuccession(entry: Entry): boolean;
  readonly snapshots: Snapshots;
  readonly checkpoint: Checkpoints;
}
