/** The writes of a round take so much of the time until the next one begins, at most, while a group is busy. */
const SHARE = 1 / 4;
/** A busy group's facts wait no longer than this for their round. */
const REST_MAX_MS = 100;

/** A round whose writes are over. */
interface Written {
  /** ms that its writes took. */
  readonly cost: number;
  /** It had several facts, or others came while it was written. */
  readonly isBusy: boolean;
}

/**
 * The pace of a group's rounds. A write to a socket costs the same for one fact and for ten, so the facts of a group that are there before
 * the writes of the last round have paid gather for a while. Those of a quiet group never wait: behind a round of one fact, which no other
 * met, there is most likely nobody to wait for but the one who answers it.
 */
export class RoundPace {
  #last: Written = { cost: 0, isBusy: false };
  /** When it was over; ms of the monotonic clock. */
  #endedAt = Number.NEGATIVE_INFINITY;

  /** The writes of a round are over. */
  wrote(round: Written, now: number): void {
    this.#last = round;
    this.#endedAt = now;
  }

  /** ms that a fact which comes now, as the first one behind the round, waits for others. */
  rest(now: number): number {
    const { cost, isBusy } = this.#last;
    const since = now - this.#endedAt;
    if (!isBusy || since > cost / 2) return 0;
    return Math.max(0, Math.min(REST_MAX_MS, cost / SHARE - cost) - since);
  }
}
