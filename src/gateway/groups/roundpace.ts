/** The writes of a round take so much of the time until the next one begins, at most, while a group is busy. */
const SHARE = 1 / 4;
/** A busy group's facts wait no longer than this for their round. */
const REST_MAX_MS = 20;

/**
 * The pace of a group's rounds. A write to a socket costs the same for one fact and for ten, so the facts of a group that are there before
 * the writes of the last round have paid gather for a while; those of a quiet group never wait.
 */
export class RoundPace {
  /** Time that the writes of the last round took, ms. */
  #cost = 0;
  /** When they were over; ms of the monotonic clock. */
  #endedAt = Number.NEGATIVE_INFINITY;

  /** The writes of a round are over. @param cost ms that they took. */
  wrote(cost: number, now: number): void {
    this.#cost = cost;
    this.#endedAt = now;
  }

  /** ms that a fact which comes now, as the first one behind the round, waits for others. */
  rest(now: number): number {
    const since = now - this.#endedAt;
    if (since > this.#cost / 2) return 0;
    return Math.max(0, Math.min(REST_MAX_MS, this.#cost / SHARE - this.#cost) - since);
  }
}
