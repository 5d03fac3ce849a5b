/**
 * Work of one turn of the event loop, in units: an entry is one, and each 1,024 characters of it are one
 * more. A unit is some 12 µs (fold, frame, route), so this is some 6 ms. The more entries a turn takes, the
 * more of them go to a socket in one write: with 128 a lifecycle under full load cost a sixth more CPU.
 */
const TURN_UNITS = 512;
/**
 * The same while actors are loaded and written. Nothing is sent to clients for it, so short turns cost nothing,
 * and a fold among 5,000 peers takes twice as long: 512 of them, beside a turn of what comes, were 50 ms.
 */
const LOADING_UNITS = 128;
/**
 * A turn ends after so many ms, too, if it has not used up its units by then: code that runs for the first times is ten times as slow as a unit is
 * meant to be, and so is a machine with much to do. Longer than a full turn takes otherwise, which is thus not cut short. Looked at between two slices.
 */
const TURN_MS = 8;
const LOADING_MS = 4;

/** Bounds of one turn. */
interface Bounds {
  readonly units: number;
  readonly ms: number;
}
/** For entries as they come. */
export const LIVE: Bounds = { units: TURN_UNITS, ms: TURN_MS };
/** For actors that are loaded and written. */
export const LOADING: Bounds = { units: LOADING_UNITS, ms: LOADING_MS };

/** So many share a turn: the part of one who asks before the next in the queue has its turn. */
const SLICES = 8;
const UNIT_CHARS = 1_024;

const unitsOf = (chars: number): number => 1 + Math.floor(chars / UNIT_CHARS);

/**
 * Shares the event loop among those with much to do: so many units in a turn, at most so many ms by a clock of the loop's work, and who waits longest goes
 * first. A socket, an acknowledgement, another actor go on between two turns.
 */
export class Turns {
  readonly #units: number;
  readonly #ms: number;
  readonly #clock: () => number;
  /** Units of a slice. */
  readonly #share: number;
  readonly #waiting: (() => void)[] = [];
  #left: number;
  /** When the first slice of this turn began; undefined: none has. */
  #began: number | undefined;
  #armed = false;

  /** @param clock ms that the loop has worked; without one nothing takes any time. */
  constructor({ units, ms }: Bounds = LIVE, clock = (): number => 0) {
    this.#units = units;
    this.#ms = ms;
    this.#clock = clock;
    this.#share = units / SLICES;
    this.#left = units;
  }

  /** Somebody's own share of the turns. */
  slice(): Slice {
    return new Slice(this, this.#share);
  }

  /** undefined: a slice may begin at once; else it begins when the promise resolves. */
  begin(): Promise<void> | undefined {
    this.#arm();
    if (this.#waiting.length === 0 && this.#hasTime()) {
      this.#left -= this.#share;
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

  /** Is anything left of this turn? Its first slice always has its time. */
  #hasTime(): boolean {
    if (this.#left <= 0) return false;
    const now = this.#clock();
    this.#began ??= now;
    return now - this.#began < this.#ms;
  }

  readonly #turn = (): void => {
    this.#armed = false;
    // Time that was taken beyond the last turn is paid for by this one.
    this.#left = Math.min(this.#units, this.#left + this.#units);
    this.#began = undefined;
    if (this.#waiting.length > 0) this.#arm();
    this.#next();
  };

  /** Slices begin one behind the other, who waits longest first, each when it is known how long the one before took. */
  readonly #next = (): void => {
    if (this.#waiting.length === 0 || !this.#hasTime()) return;
    this.#left -= this.#share;
    this.#waiting.shift()?.();
    queueMicrotask(this.#next);
  };
}

/** The work of one who shares the loop with others. */
class Slice {
  readonly #turns: Turns;
  readonly #share: number;
  #left = 0;

  constructor(turns: Turns, share: number) {
    this.#turns = turns;
    this.#share = share;
  }

  /** Before work on so many characters. undefined: go on; else wait for the promise, then go on. */
  spend(chars: number): Promise<void> | undefined {
    const began = this.#left > 0 ? undefined : this.#renew();
    this.#left -= unitsOf(chars);
    if (this.#left < 0) this.#turns.charge(-this.#left);
    return began;
  }

  #renew(): Promise<void> | undefined {
    this.#left = this.#share;
    return this.#turns.begin();
  }
}

/** Does work in pieces, each of which says beforehand how many characters it is about; others go on between them. */
export async function paced<T>(slice: Slice, work: Generator<number, T>): Promise<T> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    const turn = slice.spend(value);
    if (turn !== undefined) await turn;
  }
}
