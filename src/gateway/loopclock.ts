/** Time that the loop stood still does not count beyond this: what came meanwhile has not been looked at. */
const TURN_MS = 500;

/** A clock that stands still with the loop of this process. It has to be looked at several times a second. */
export class LoopClock {
  readonly #now: () => number;
  #lookedAt: number;

  /** `now`: ms, monotonic. */
  constructor(now: () => number) {
    this.#now = now;
    this.#lookedAt = now();
  }

  /** ms that have passed since the look before. */
  passed(): number {
    const now = this.#now();
    const ms = Math.min(now - this.#lookedAt, TURN_MS);
    this.#lookedAt = now;
    return ms;
  }
}
