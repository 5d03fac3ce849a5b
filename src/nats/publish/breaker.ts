/** A stream that stores nothing for so long, though it was asked and the broker answers, is away. */
export const AWAY_MS = 5_000;

/** A stream that is asked to store, as its publisher knows it. */
interface Asked {
  /** The oldest publication that is not answered went out then; undefined: all are answered. */
  readonly oldestAt: number | undefined;
  /** The broker was heard then, by any word at all. */
  readonly heardAt: number;
  readonly now: number;
}

/**
 * Whether one stream is away, as one without a leader is. A broker that says nothing is no sign of it: then
 * all streams are, and what they are asked waits. The next entry that it stores brings a stream back.
 */
export class Breaker {
  #isOpen = false;
  /** The stream has had its chance since: it stored something, or the connection came back. */
  #since = Number.NEGATIVE_INFINITY;

  /** Is the stream away? */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Something was stored, at this time. Returns whether the stream was away. */
  stored(now: number): boolean {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#since = now;
    return wasOpen;
  }

  /** The connection is back: the time before it counts for nothing. */
  reconnected(now: number): void {
    this.#since = now;
  }

  /** Returns whether the stream is found to be away just now. */
  judge({ oldestAt, heardAt, now }: Asked): boolean {
    if (this.#isOpen || oldestAt === undefined) return false;
    const since = Math.max(this.#since, oldestAt);
    this.#isOpen = now - since > AWAY_MS && now - heardAt < AWAY_MS;
    return this.#isOpen;
  }
}
