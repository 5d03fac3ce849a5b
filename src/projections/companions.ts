import type { ReplicaWord } from "../protocol/internal/replica.ts";

/** A process that was not heard in so many turns is gone, and others keep its streams: a start again takes less, and moves nothing. */
const GONE_TURNS = 30;
/** The word of a process counts for so many turns: what it could be asked then, it can be now. */
const COUNTS_TURNS = 5;
/** Processes that are remembered: a forged word finds its end here. */
const KNOWN_MAX = 1_024;

/** Another process with projections, as far as it was heard. */
export interface Replica extends ReplicaWord {
  /** Is `current` what it has said just now? */
  readonly isFresh: boolean;
}

/** The other processes with projections, by what they say of themselves. */
export class Companions {
  readonly #turnMs: number;
  readonly #heard = new Map<string, { readonly word: ReplicaWord; readonly at: number }>();

  /** @param turnMs processes speak once in two turns at least. */
  constructor(turnMs: number) {
    this.#turnMs = turnMs;
  }

  /** Takes a word that was heard at `now`. Returns whether it is the first of a start of that process. */
  hear(word: ReplicaWord, now: number): boolean {
    const before = this.#heard.get(word.host);
    if (before === undefined && this.#heard.size >= KNOWN_MAX) return false;
    this.#heard.set(word.host, { word, at: now });
    return before?.word.incarnation !== word.incarnation;
  }

  /** Those that are not gone. */
  living(now: number): Replica[] {
    for (const [host, { at }] of this.#heard)
      if (now - at > GONE_TURNS * this.#turnMs) this.#heard.delete(host);
    return [...this.#heard.values()].map(({ word, at }) => ({
      ...word,
      isFresh: now - at <= COUNTS_TURNS * this.#turnMs,
    }));
  }
}
