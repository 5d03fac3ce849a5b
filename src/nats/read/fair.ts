/** Somebody who reads the log page by page, as the queue of pages knows them. */
export interface Reader {
  /** How far the reader has been served, in units of {@link FairQueue.run}. */
  served: number;
  /** Nobody waits for the pages any more. */
  gone: boolean;
}

export const reader = (): Reader => ({ served: 0, gone: false });

/** Bounds of what is under way at once. */
export interface Room {
  readonly reads: number;
  /** One that is larger goes alone. */
  readonly units: number;
}

/** The size of a read; of one that grows while it waits, as it is by then. */
type Units = number | (() => number);
const now = (units: Units): number => (typeof units === "number" ? units : units());

interface Turn {
  readonly by: Reader;
  readonly units: Units;
  /** By this the turns come: how far its reader had been served. */
  readonly at: number;
  readonly go: (units: number) => void;
}

/**
 * A fair queue of reads: a few are under way, and of those that wait the reader goes first who has been
 * served the least. A newcomer begins where the queue stands (start-time fair queueing), so nobody waits for
 * much more of another's than that one waits for theirs. How many wait is bounded by the sessions and the
 * actors that are being loaded: each has a question or a page per subject.
 */
export class FairQueue {
  readonly #room: Room;
  /** In the order of their turns. */
  readonly #waiting: Turn[] = [];
  #reads = 0;
  #units = 0;
  /** How far those have been served whose turn it is. */
  #stands = 0;

  constructor(room: Room) {
    this.#room = room;
  }

  /** The reads that wait for their turn. */
  get length(): number {
    return this.#waiting.length;
  }

  /**
   * Does a read of so many units (entries, and what a question costs) when it has its turn.
   * @returns what the read does, and undefined when its reader had gone by then.
   */
  async run<Answer>(
    by: Reader,
    wanted: Units,
    read: () => Promise<Answer>,
  ): Promise<Answer | undefined> {
    const units = await new Promise<number>((go) => this.#enter(by, wanted, go));
    try {
      return by.gone ? undefined : await read();
    } finally {
      // The units served are shared among all who are here, so those who wait are not overtaken for ever.
      this.#stands += units / (this.#waiting.length + this.#reads);
      this.#reads--;
      this.#units -= units;
      this.#next();
    }
  }

  #enter(by: Reader, units: Units, go: Turn["go"]): void {
    const at = Math.max(by.served, this.#stands);
    by.served = at + now(units);
    const behind = this.#waiting.findLastIndex((turn) => turn.at <= at);
    this.#waiting.splice(behind + 1, 0, { by, units, at, go });
    this.#next();
  }

  #next(): void {
    for (;;) {
      const [turn] = this.#waiting;
      const units = now(turn?.units ?? 0);
      if (turn === undefined || !this.#admits(units)) return;
      this.#waiting.shift();
      this.#reads++;
      this.#units += units;
      this.#stands = Math.max(this.#stands, turn.at);
      turn.go(units);
    }
  }

  #admits(units: number): boolean {
    const { reads, units: most } = this.#room;
    return this.#reads === 0 || (this.#reads < reads && this.#units + units <= most);
  }
}
