/**
 * Which entries are worked off: the checkpoint is the last one before the first whose copies are
 * not all stored. Pure bookkeeping.
 */
export class Progress {
  #folded: number;
  /** Entries with copies under way, in order. */
  readonly #open: { readonly seq: number; left: number }[] = [];
  #first = 0;

  constructor(seq: number) {
    this.#folded = seq;
  }

  /** `seq` has been folded and asks for `copies`. Returns what to call when one is stored. */
  folded(seq: number, copies: number): () => void {
    this.#folded = seq;
    if (copies === 0) return () => undefined;
    const entry = { seq, left: copies };
    this.#open.push(entry);
    return () => {
      entry.left--;
      while (this.#open[this.#first]?.left === 0) this.#first++;
      // Cut the worked-off front now and then: shifting one by one would be quadratic.
      if (this.#first < 1024 && this.#first < this.#open.length) return;
      this.#open.splice(0, this.#first);
      this.#first = 0;
    };
  }

  /** The last entry that has been folded. */
  get last(): number {
    return this.#folded;
  }

  /** Entries whose copies are under way. */
  get open(): number {
    return this.#open.length - this.#first;
  }

  /** The highest seq up to which everything is stored. */
  get checkpoint(): number {
    const first = this.#open[this.#first];
    return first === undefined ? this.#folded : first.seq - 1;
  }
}
