import type { Watermarks } from "../rules/watermarks.ts";
import type { Telling } from "./user.ts";

/**
 * A copy that is owed, by the entry that it is about; of a receipt the watermarks that it says, of what goes to a group the
 * membership it is under, as `delivered`, and of a message the last word that its author knew, as `read`.
 */
export interface Debt extends Watermarks {
  readonly seq: number;
  /** As it was told, where the entry alone does not say it. */
  readonly telling?: Telling | undefined;
}

/** Numbers per copy. */
const WIDTH = 3;
/** Numbers of copies that have left, before the list is cut. */
const SLACK = 4_096 * WIDTH;

/** A copy that is kept as it was told takes the room of so many that are not. */
const TELLING_WEIGHT = 16;

/** Copies for one stream in the order in which they go, as 24 bytes each: the log has all the rest, but for what a group has told. */
export class Owed {
  #numbers: number[] = [];
  #first = 0;
  /** By their places among all that were ever owed. */
  readonly #tellings = new Map<number, Telling>();
  /** Debts that have been cut off the list. */
  #gone = 0;

  get size(): number {
    return (this.#numbers.length - this.#first) / WIDTH;
  }

  /** How much memory they take, in debts without a telling. */
  get weight(): number {
    return this.size + this.#tellings.size * (TELLING_WEIGHT - 1);
  }

  push({ seq, delivered, read, telling }: Debt): void {
    if (telling !== undefined)
      this.#tellings.set(this.#gone + this.#numbers.length / WIDTH, telling);
    this.#numbers.push(seq, delivered, read);
  }

  /** The first `most`. */
  peek(most: number): Debt[] {
    const debts: Debt[] = [];
    const end = Math.min(this.#numbers.length, this.#first + most * WIDTH);
    for (let i = this.#first; i < end; i += WIDTH) {
      const [seq = 0, delivered = 0, read = 0] = this.#numbers.slice(i, i + WIDTH);
      const telling = this.#tellings.get(this.#gone + i / WIDTH);
      debts.push(
        telling === undefined ? { seq, delivered, read } : { seq, delivered, read, telling },
      );
    }
    return debts;
  }

  /** So many of the first have left. */
  leave(count: number): void {
    const first = this.#gone + this.#first / WIDTH;
    if (this.#tellings.size > 0)
      for (let i = first; i < first + count; i++) this.#tellings.delete(i);
    this.#first += count * WIDTH;
    // Cut now and then: shifting one by one would be quadratic.
    if (this.#first < Math.max(SLACK, this.#numbers.length / 2) && this.size > 0) return;
    this.#numbers = this.#numbers.slice(this.#first);
    this.#gone += this.#first / WIDTH;
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
