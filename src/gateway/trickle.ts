const SECOND_MS = 1_000;

/** A trickle: lets so many of a kind through in a second, and counts the rest. Times are ms of a monotonic clock. */
export class Trickle {
  readonly #perSecond: number;
  #since = Number.NEGATIVE_INFINITY;
  #through = 0;
  #left = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** May one more go through? If not, it is counted as left out. */
  admits(now: number): boolean {
    if (now - this.#since >= SECOND_MS) {
      this.#since = now;
      this.#through = 0;
    }
    const is = this.#through < this.#perSecond;
    if (is) this.#through++;
    else this.#left++;
    return is;
  }

  /** Takes the number of those left out so far; 0: none. */
  takeLeft(): number {
    const left = this.#left;
    this.#left = 0;
    return left;
  }
}
