import type { Watermarks } from "../rules/watermarks.ts";

/** A copy that is owed, by the entry that it is about; of a receipt the watermarks that it says. */
export interface Debt extends Watermarks {
  readonly seq: number;
}

/** Numbers per copy. */
const WIDTH = 3;
/** Numbers of copies that have left, before the list is cut. */
const SLACK = 4_096 * WIDTH;

/** Copies for one stream in the order in which they go, as 24 bytes each: the log has all the rest. */
export class Owed {
  #numbers: number[] = [];
  #first = 0;

  get size(): number {
    return (this.#numbers.length - this.#first) / WIDTH;
  }

  push({ seq, delivered, read }: Debt): void {
    this.#numbers.push(seq, delivered, read);
  }

  /** The first `most`. */
  peek(most: number): Debt[] {
    const debts: Debt[] = [];
    const end = Math.min(this.#numbers.length, this.#first + most * WIDTH);
    for (let i = this.#first; i < end; i += WIDTH) {
      const [seq = 0, delivered = 0, read = 0] = this.#numbers.slice(i, i + WIDTH);
      debts.push({ seq, delivered, read });
    }
    return debts;
  }

  /** So many of the first have left. */
  leave(count: number): void {
    this.#first += count * WIDTH;
    // Cut now and then: shifting one by one would be quadratic.
    if (this.#first < Math.max(SLACK, this.#numbers.length / 2) && this.size > 0) return;
    this.#numbers = this.#numbers.slice(this.#first);
    this.#first = 0;
  }

  /** The lowest seq of them; Infinity: there is none. An entry whose actor was being loaded comes behind higher ones. */
  get lowest(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = this.#first; i < this.#numbers.length; i += WIDTH)
      lowest = Math.min(lowest, this.#numbers[i] ?? lowest);
    return lowest;
  }
}
