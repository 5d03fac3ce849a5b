/** Before the first start again; doubled with each further failure. */
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** Failures are remembered for so long … */
const WINDOW_MS = 600_000;
/** … and in any such time there are no more starts than this: each may read a stream from its beginning. */
const STARTS_MAX = 10;

/** When a part that has failed may be started again: soon at first, and never all the time. */
export class Restarts {
  #failures: number[] = [];

  /**
   * The part has failed.
   * @param now ms by a clock that only goes forward.
   * @returns how long to wait, ms.
   */
  failed(now: number): number {
    this.#failures = [...this.#failures.filter((at) => now - at < WINDOW_MS), now];
    const doubled = Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.#failures.length - 1));
    const oldest = this.#failures.at(-STARTS_MAX) ?? Number.NEGATIVE_INFINITY;
    return Math.max(doubled, oldest + WINDOW_MS - now);
  }
}
