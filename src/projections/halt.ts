import type { Entry } from "../events/entry.ts";

/** A place in the stream at which the views are to stand still for a moment, with all up to there and nothing else. */
export class Halt {
  #due: { readonly seq: number; readonly work: () => Promise<void> } | undefined;
  #standing: Promise<void> = Promise.resolve();

  /** `work` is done when the views have all up to `seq`, and nothing is written until it is over. False: they have more. One place at a time. */
  at(seq: number, applied: number, work: () => Promise<void>): boolean {
    if (applied > seq || this.#due !== undefined) return false;
    this.#due = { seq, work };
    this.reached(applied);
    return true;
  }

  /** The place is not wanted any more. */
  cancel(): void {
    this.#due = undefined;
  }

  /** The views have all up to here. */
  reached(applied: number): void {
    if (this.#due !== undefined && applied >= this.#due.seq) this.#begin();
  }

  /** The entries that may be written at once now, `max` at most. Waits while the views stand still. */
  async next(entries: readonly Entry[], max: number): Promise<readonly Entry[]> {
    const [first] = entries;
    // There may be no entry at that very seq.
    if (this.#due !== undefined && first !== undefined && first.seq > this.#due.seq) this.#begin();
    await this.#standing;
    const { seq: end = Number.POSITIVE_INFINITY } = this.#due ?? {};
    const some = entries.slice(0, max);
    return (some.at(-1)?.seq ?? 0) <= end ? some : some.filter(({ seq }) => seq <= end);
  }

  #begin(): void {
    const work = this.#due?.work;
    this.#due = undefined;
    this.#standing = work?.() ?? Promise.resolve();
  }
}
