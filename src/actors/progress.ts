/**
 * Which entries are worked off: those that are open wait for their actor, or for their copy to be stored. The
 * checkpoint is the last entry before the first that is open. Pure bookkeeping.
 */
export class Progress {
  #last: number;
  readonly #open = new Set<number>();

  constructor(seq: number) {
    this.#last = seq;
  }

  /** The entry at `seq` is the next one that has been read. */
  take(seq: number): void {
    this.#last = seq;
  }

  /** The entry at `seq`, which was taken, is not done with. */
  open(seq: number): void {
    this.#open.add(seq);
  }

  /** The entry at `seq` is done with, if it was open. */
  close(seq: number): void {
    this.#open.delete(seq);
  }

  /** The last entry that has been taken. */
  get last(): number {
    return this.#last;
  }

  /** How many entries are open. */
  get size(): number {
    return this.#open.size;
  }

  /** The highest seq up to which everything is done with. */
  get checkpoint(): number {
    let first = this.#last + 1;
    for (const seq of this.#open) if (seq < first) first = seq;
    return first - 1;
  }
}
