/** ms between small transactions, in which entries gather: a question with `atLeast` cuts a pause short, any other gets an answer that old (docs/adr/0003, 0056). */
const LEAST_MS = 50;
const MOST_MS = 200;
/** A transaction costs as much as five entries: with fewer than these it is mostly itself, as where sixteen streams share what is chatted. */
const FEW = 10;

/** Lulls: the pauses between the transactions of one stream's views: while they bring little, the next one gathers for longer. */
export class Lulls {
  #ms = LEAST_MS;

  /** The pause, in ms, behind a transaction of so many entries. */
  after(entries: number): number {
    this.#ms = entries < FEW ? Math.min(2 * this.#ms, MOST_MS) : Math.max(this.#ms / 2, LEAST_MS);
    return this.#ms;
  }
}
