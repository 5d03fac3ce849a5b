/** Lines a minute about what others say: a program that is broken says the same without end, and a person reads the first. */
const LINES_MAX = 10;
const MINUTE_MS = 60_000;

/** Bounds the lines about words of other programs that nobody can take: ten a minute, each with how many came without a line before it. */
export class Seldom {
  readonly #now: () => number;
  #since = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #leftOut = 0;

  /** @param now ms of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Has `line` written, unless there were enough in this minute. `more`: fields of the line. */
  tell(line: (more: { readonly leftOut?: number }) => void): void {
    const now = this.#now();
    if (now - this.#since >= MINUTE_MS) {
      this.#since = now;
      this.#lines = 0;
    }
    if (this.#lines >= LINES_MAX) return void this.#leftOut++;
    this.#lines++;
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    line(leftOut > 0 ? { leftOut } : {});
  }
}
