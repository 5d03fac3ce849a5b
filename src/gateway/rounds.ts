/**
 * Rounds over a set that changes, a part at a time: a tick for each of 10,000 sockets in one go would hold the loop for
 * tens of milliseconds.
 */
export class Rounds<T> {
  readonly #members: ReadonlySet<T>;
  readonly #parts: number;
  #round: Iterator<T>;

  /** `parts`: so many calls of {@link visit} make a round. */
  constructor(members: ReadonlySet<T>, parts: number) {
    this.#members = members;
    this.#parts = parts;
    this.#round = members.values();
  }

  /** Visits the next part. At the end of a round it stops, so that nobody is visited twice in one call. */
  visit(each: (member: T) => void): void {
    for (let left = Math.ceil(this.#members.size / this.#parts); left > 0; left--) {
      const { value, done = false } = this.#round.next();
      if (done) {
        this.#round = this.#members.values();
        return;
      }
      each(value as T);
    }
  }
}
