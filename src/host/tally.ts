/** A tally: counts by name, of names that were told before; any other counts as the last of them. */
export class Tally {
  readonly #counts: Map<string, number>;
  readonly #other: string;

  constructor(names: readonly string[]) {
    this.#other = names.at(-1) ?? "";
    this.#counts = new Map(names.map((name) => [name, 0]));
  }

  add(name: string): void {
    const known = this.#counts.has(name) ? name : this.#other;
    this.#counts.set(known, (this.#counts.get(known) ?? 0) + 1);
  }

  entries(): Iterable<readonly [string, number]> {
    return this.#counts;
  }
}
