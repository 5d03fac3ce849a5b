/** An outage that goes on is said again so often. */
const AGAIN_MS = 60_000;

/** Fields of the line of a failure. `leftOut`: so many had no line since the last one. */
export interface SaidOutage {
  readonly leftOut?: number;
}

/**
 * When a failure that comes again and again is said: at once, then each minute while it goes on. A person who reads the log sees where an
 * outage begins and ends, and that it lasts, and a disk is not filled with it.
 */
export class Outage {
  readonly #now: () => number;
  #saidAt: number | undefined;
  #leftOut = 0;

  /** @param now ms of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** It has failed. Returns what its line says besides; undefined: it gets none. */
  failed(): SaidOutage | undefined {
    const now = this.#now();
    if (this.#saidAt !== undefined && now - this.#saidAt < AGAIN_MS) {
      this.#leftOut++;
      return undefined;
    }
    const leftOut = this.#leftOut;
    this.#saidAt = now;
    this.#leftOut = 0;
    return leftOut > 0 ? { leftOut } : {};
  }

  /** It has worked. Returns whether that ends an outage. */
  over(): boolean {
    const was = this.#saidAt !== undefined;
    this.#saidAt = undefined;
    this.#leftOut = 0;
    return was;
  }
}
