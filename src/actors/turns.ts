/**
 * Work of one turn of the event loop, in units: an entry is one, and each 1,024 characters of it are one
 * more. A unit is some 12 µs (fold, frame, route), so this is some 6 ms. The more entries a turn takes, the
 * more of them go to a socket in one write: with 128 a lifecycle under full load cost a sixth more CPU.
 */
export const TURN_UNITS = 512;
/** Units given to one who asks before the next in the queue has its turn. */
const SLICE_UNITS = 64;
const UNIT_CHARS = 1_024;

const unitsOf = (chars: number): number => 1 + Math.floor(chars / UNIT_CHARS);

/**
 * Shares the event loop among those with much to do: so many units in a turn, and who waits longest goes
 * first. A socket, an acknowledgement, another actor go on between two turns.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #left = TURN_UNITS;
  #armed = false;

  /** Somebody's own share of the turns. */
  slice(): Slice {
    return new Slice(this);
  }

  /** undefined: a slice may begin at once; else it begins when the promise resolves. */
  begin(): Promise<void> | undefined {
    this.#arm();
    if (this.#waiting.length === 0 && this.#left > 0) {
      this.#left -= SLICE_UNITS;
      return undefined;
    }
    return new Promise((go) => this.#waiting.push(go));
  }

  /** The time that a slice took beyond its share, since an entry is not divided. */
  charge(units: number): void {
    this.#left -= units;
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#armed = false;
    // Time that was taken beyond the last turn is paid for by this one.
    this.#left = Math.min(TURN_UNITS, this.#left + TURN_UNITS);
    if (this.#waiting.length > 0) this.#arm();
    while (this.#left > 0 && this.#waiting.length > 0) {
      this.#left -= SLICE_UNITS;
      this.#waiting.shift()?.();
    }
  };
}

/** The work of one who shares the loop with others. */
class Slice {
  readonly #turns: Turns;
  #left = 0;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** Before work on so many characters. undefined: go on; else wait for the promise, then go on. */
  spend(chars: number): Promise<void> | undefined {
    const began = this.#left > 0 ? undefined : this.#renew();
    this.#left -= unitsOf(chars);
    if (this.#left < 0) this.#turns.charge(-this.#left);
    return began;
  }

  #renew(): Promise<void> | undefined {
    this.#left = SLICE_UNITS;
    return this.#turns.begin();
  }
}
