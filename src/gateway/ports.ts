import type { Activity } from "../events/activity.ts";
import type { Entry } from "../events/entry.ts";
import type { Receipt } from "../events/event.ts";
import type { Fact } from "../events/fact.ts";
import type { Durability } from "../protocol/frames.ts";

/** What a gateway needs of the world. */
export interface World {
  readonly gatewayId: string;
  readonly durability: Durability;
  /** Names this life of the user's mailbox stream. */
  epochOf(user: string): string;
  /**
   * Stores what the user did in the user's own mailbox, behind everything earlier on the same lane;
   * resolves with its seq. A repeat of `id` resolves with the seq of the first.
   * @throws UnavailableError when the broker has not stored it in time.
   */
  state(user: string, lane: string, fact: Fact, id?: string): Promise<number>;
  /** Stores how far the user has come, or takes it up into one that waits. Nobody is told. */
  receipt(user: string, lane: string, fact: Extract<Fact, Receipt>): void;
  /** Seq of the last entry of the user's mailbox; 0: there is none. */
  head(user: string): Promise<number>;
  /** The user's entries in (after, upTo], in order; `upTo` exists. */
  read(
    user: string,
    after: number,
    upTo: number,
  ): AsyncIterable<{ entries: readonly Entry[]; pending: number }>;
  /** Asks the views: JSON text in, JSON text out. */
  ask(query: string): Promise<string>;
  typing(typing: { to: string; from: string }): void;
  active(user: string, action: Activity["action"]): void;
  /** Calls back with the broker's time of each later activity; returns the unsubscribe. */
  onActive(user: string, hear: (at: number) => void): () => void;
  lastActive(user: string): Promise<number | undefined>;
  /** Records from actor hosts, see protocol/internal/routes.ts. */
  onRoute(hear: (records: string) => void): () => void;
  onReconnect(listener: () => void): () => void;
}

/** Who a token says it is. */
export interface Identity {
  readonly user: string;
  /** When the token ends, ms since 1970. */
  readonly expiresAt: number;
}

/** Reads a token. @returns undefined when it is not accepted, whatever the reason. */
export type Verify = (token: string) => Promise<Identity | undefined>;
