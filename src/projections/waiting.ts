import { UNDER_WAY_MAX } from "./desk.ts";

/** As many as there may be questions under way (`desk.ts`), and those who wait to be ready. */
const WAITING_MAX = UNDER_WAY_MAX + 16;

interface Waiter {
  readonly seq: number;
  readonly resolve: (reached: boolean) => void;
}

/** Waits for the views to come as far as some seq. */
export class Waiting {
  readonly #waiters = new Set<Waiter>();

  /** True as soon as {@link reached} is told `seq`; false after `ms`, or at once in a crowd. */
  until(seq: number, ms?: number): Promise<boolean> {
    if (this.#waiters.size >= WAITING_MAX) return Promise.resolve(false);
    return new Promise((done) => {
      const timer = ms === undefined ? undefined : setTimeout(() => waiter.resolve(false), ms);
      const waiter: Waiter = {
        seq,
        resolve: (reached) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          done(reached);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Does anybody wait? */
  get any(): boolean {
    return this.#waiters.size > 0;
  }

  reached(seq: number): void {
    for (const waiter of this.#waiters) if (waiter.seq <= seq) waiter.resolve(true);
  }
}
