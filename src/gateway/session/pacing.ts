/** No more at once, however far away the log is. */
export const AT_ONCE_MAX = 16;
/** So many openings wait for others, and not for the log itself: fewer, and one more may go; more, and one less. */
const QUEUED_MIN = 0.5;
const QUEUED_MAX = 1;
/** The least time that an opening takes is looked for anew, since the way to the log may have become longer. */
const LEAST_OF_MS = 10_000;

/**
 * The number of openings that may be under way at once: what the way to the log and back holds, and hardly one more. Of `n` that
 * are under way at once and take `ms` each, where one alone takes `least`, `n × (1 − least / ms)` wait in a queue: before the
 * log, or in this process (TCP Vegas, Brakmo and Peterson 1995). Words of everybody else wait in the same queues.
 */
export class Pacing {
  #atOnce = 1;
  /** The least ms of these ten seconds, and of the ten before. */
  #least = Number.POSITIVE_INFINITY;
  #leastBefore = Number.POSITIVE_INFINITY;
  #since = Number.NEGATIVE_INFINITY;

  /** So many may be under way. */
  get atOnce(): number {
    return Math.floor(this.#atOnce);
  }

  /** One of `underWay`, itself included, took so many ms, by a clock that says `now`. */
  took(ms: number, underWay: number, now: number): void {
    if (now - this.#since >= LEAST_OF_MS) {
      this.#leastBefore = this.#least;
      this.#least = Number.POSITIVE_INFINITY;
      this.#since = now;
    }
    this.#least = Math.min(this.#least, ms);
    const least = Math.min(this.#least, this.#leastBefore);
    const queued = ms > least ? underWay * (1 - least / ms) : 0;
    const isFull = underWay >= this.atOnce;
    // A step each time that as many as may be have been under way: all of them have seen the last one's effect.
    if (queued > QUEUED_MAX) this.#atOnce = Math.max(1, this.#atOnce - 1 / this.#atOnce);
    else if (isFull && queued < QUEUED_MIN)
      this.#atOnce = Math.min(AT_ONCE_MAX, this.#atOnce + 1 / this.#atOnce);
  }
}
