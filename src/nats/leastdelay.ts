/** Time for which the least delay seen counts: longer, and a clock that was set back would be followed late. */
const KEPT_MS = 30_000;

/**
 * The broker's time as a gateway estimates it. Ages of what the broker has stored are differences of
 * two readings of the broker's clock, never of the broker's and this machine's. An entry that has just
 * been stored says the time; the one that came with the least delay says it best.
 */
export class LeastDelay {
  /** Broker's time less monotonic time, the highest of this half and of the one before. */
  #offset = -Infinity;
  #before = -Infinity;
  #turnAt = -Infinity;

  /** Is anything known of the broker's time? */
  get isSet(): boolean {
    return Math.max(this.#offset, this.#before) > -Infinity;
  }

  forget(): void {
    this.#offset = this.#before = this.#turnAt = -Infinity;
  }

  /** An entry that the broker stored at `at` has just come. `now`: monotonic ms. */
  heard(at: number, now: number): void {
    if (now - this.#turnAt >= KEPT_MS) {
      // Nothing was heard for long, so what was heard before says nothing any more.
      this.#before = now - this.#turnAt < 2 * KEPT_MS ? this.#offset : -Infinity;
      this.#offset = -Infinity;
      this.#turnAt = now;
    }
    this.#offset = Math.max(this.#offset, at - now);
  }

  /**
   * How long ago the broker stored something at `at`, in ms, never below 0; Infinity while nothing has
   * been heard of the broker's time.
   */
  age(at: number, now: number): number {
    const offset = Math.max(this.#offset, this.#before);
    return offset === -Infinity ? Infinity : Math.max(0, now + offset - at);
  }
}
