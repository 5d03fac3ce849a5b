import type { Copy } from "../events/copy.ts";
import type { Entry } from "../events/entry.ts";
import type { Fact } from "../events/fact.ts";

/** A mailbox stream that is read in order from any seq. */
export interface Source {
  /** Seq of the newest entry stored. */
  last(): Promise<number>;
  follow(after: number, take: (batch: readonly Entry[]) => Promise<void>): Following;
}

export interface Following {
  /** Rejects when following has failed for good; resolves after `stop`. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** What an actor host needs of the world for one partition. All of it may be slow; only `route` loses. */
export interface World {
  readonly source: Source;
  /** The entries of a mailbox in (after, upTo]. */
  read(owner: string, after: number, upTo: number): AsyncIterable<{ entries: readonly Entry[] }>;
  /** Stores a copy in `to`'s mailbox, behind every earlier one from the same mailbox. */
  copy(from: string, to: string, copy: Copy): Promise<unknown>;
  /** Stores a fact that the actor itself states in its own mailbox. */
  state(owner: string, fact: Fact, id: string): Promise<void>;
  /** Sends records to a gateway; may be lost, the mailbox has them. */
  route(gatewayId: string, records: readonly string[]): void;
  isLive(gatewayId: string): boolean;
  readonly snapshots: {
    load(owner: string): Promise<string | undefined>;
    save(owner: string, state: string): Promise<void>;
  };
  readonly checkpoint: { load(): Promise<number>; save(seq: number): Promise<void> };
  /** Who may run the partition: at once on one host; in a cluster, when the lease is free. */
  readonly lease: { acquire(): Promise<void>; release(): Promise<void> };
  /** Remembers an entry that could not be worked off. */
  deadLetter(entry: Entry, reason: string): void;
  onTyping(hear: (typing: { to: string; from: string }) => void): () => void;
  onReconnect(listener: () => void): () => void;
}
