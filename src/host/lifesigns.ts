/** The one that listens counts so often whether something was heard. */
export const BEAT_MS = 1_000;
/** Beats missed in a row before a thread counts as stuck. */
const MISSED_MAX = 5;
/** Beats until the first word: a thread is loaded meanwhile, on a busy machine for a good while, and no start waits longer than a minute. */
const LOADING_MAX = 60;

/**
 * The signs of life of a thread. Missing ones are counted, not timed: where the one that listens was held up itself, that is
 * nobody's silence.
 */
export class LifeSigns {
  #missed = 0;
  #allowed = LOADING_MAX;

  /** The thread is begun. */
  begin(): void {
    this.#missed = 0;
    this.#allowed = LOADING_MAX;
  }

  /** A word has come. Returns whether the thread was stuck. */
  heard(): boolean {
    const { isStuck } = this;
    this.#missed = 0;
    this.#allowed = MISSED_MAX;
    return isStuck;
  }

  /** A beat is over. Returns whether the thread is stuck from this one on. */
  miss(): boolean {
    return ++this.#missed === this.#allowed + 1;
  }

  /** Has the thread shown no sign of life for a while? */
  get isStuck(): boolean {
    return this.#missed > this.#allowed;
  }
}
