/** Users read at once: more would only wait in the broker instead of here. */
const UNDER_WAY_MAX = 16;

/**
 * Look-ups: reads one thing per user, a few at a time and each user once. A waiter can be dropped
 * before the turn comes, so what nobody wants any more costs nothing.
 */
export class LookUps {
  /** Never rejects. */
  readonly #read: (user: string) => Promise<void>;
  readonly #waiting = new Set<string>();
  readonly #later = new Set<string>();
  readonly #underWay = new Set<string>();

  constructor(read: (user: string) => Promise<void>) {
    this.#read = read;
  }

  put(user: string): void {
    if (this.#underWay.has(user)) return;
    this.#waiting.add(user);
    this.#next();
  }

  drop(user: string): void {
    this.#waiting.delete(user);
    this.#later.delete(user);
  }

  /** Reads the user once more when {@link again} is called. */
  later(user: string): void {
    this.#later.add(user);
  }

  again(): void {
    for (const user of this.#later) this.#waiting.add(user);
    this.#later.clear();
    this.#next();
  }

  stop(): void {
    this.#waiting.clear();
    this.#later.clear();
  }

  get size(): number {
    return this.#waiting.size + this.#later.size + this.#underWay.size;
  }

  #next(): void {
    for (const user of this.#waiting) {
      if (this.#underWay.size >= UNDER_WAY_MAX) return;
      this.#waiting.delete(user);
      this.#underWay.add(user);
      void this.#read(user).finally(() => {
        this.#underWay.delete(user);
        this.#next();
      });
    }
  }
}
