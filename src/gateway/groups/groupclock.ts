/** Time, as groups need it. */
export interface Clock {
  /** ms, monotonic. */
  now(): number;
  /** Calls it once, so much later. Returns how to take that back. */
  after(ms: number, run: () => void): () => void;
  /** Calls it in the next turn of the loop. */
  turn(run: () => void): void;
}

/** The clock of this process; `now`: ms, monotonic. */
export const clockOf = (now: () => number): Clock => ({
  now,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  turn: (run) => void setImmediate(run),
});
