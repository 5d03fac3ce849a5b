/** Entries that the log hands over at once while more of them wait: as many as are asked for (`nats/read/reader.ts`). */
export const FULL_BATCH = 2_048;
/** So many full batches in a row are no burst any more: the views are some 20,000 entries behind, which is 0.2 s of work. */
const FULL_MAX = 10;

/** How views pursue their stream: whether they have all that they must have to be asked, and whether they keep up. */
export class Pursuit {
  #goal: number;
  #full = 0;

  /** @param goal the seq that the views must have to be asked: short of it they miss what nobody would expect to be missing. */
  constructor(goal: number) {
    this.#goal = goal;
  }

  /** The views were set back, or the log was: they begin again. */
  again(goal: number): void {
    this.#goal = goal;
    this.#full = 0;
  }

  /** There is no more than this, or no more can be taken. */
  through(applied: number): void {
    this.#goal = Math.min(this.#goal, applied);
    this.#full = 0;
  }

  took(count: number): void {
    this.#full = count < FULL_BATCH ? 0 : this.#full + 1;
  }

  hasAll(applied: number): boolean {
    return applied >= this.#goal;
  }

  /** Has the end of the log been seen lately? */
  get keepsUp(): boolean {
    return this.#full < FULL_MAX;
  }
}
