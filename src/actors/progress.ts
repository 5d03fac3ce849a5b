/**
 * Which entries are worked off: those that are open wait for their actor, for their copies to be stored, or for the fact that
 * answers them. The checkpoint is the last entry before the first that is open. Pure bookkeeping.
 */
export class Progress {
  #last: number;
  /** By seq, for how many things the entry waits. */
  readonly #open = new Map<number, number>();
  #size = 0;

  constructor(seq: number) {
    this.#last = seq;
  }

  /** The entry at `seq` is the next one that has been read. */
  take(seq: number): void {
    this.#last = seq;
  }

  /** The entry at `seq`, which was taken, waits for one thing more. */
  open(seq: number): void {
    this.#open.set(seq, (this.#open.get(seq) ?? 0) + 1);
    this.#size++;
  }

  /** One of the things that the entry at `seq` waits for has come. */
  close(seq: number): void {
    const left = (this.#open.get(seq) ?? 0) - 1;
    if (left < 0) return;
    this.#size--;
    if (left === 0) this.#open.delete(seq);
    else this.#open.set(seq, left);
  }

  /** The last entry that has been taken. */
  get last(): number {
    return this.#last;
  }

  /** How many things entries wait for. */
  get size(): number {
    return this.#size;
  }

  /** The highest seq up to which everything is done with. */
  get checkpoint(): number {
    let first = this.#last + 1;
    for (const seq of this.#open.keys()) if (seq < first) first = seq;
    return first - 1;
  }
}
