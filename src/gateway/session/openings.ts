import { Pacing } from "./pacing.ts";

/** An opening that takes longer waits for the broker, and keeps nobody else out. */
export const HELD_MS = 50;

interface Held {
  readonly since: number;
  readonly late: NodeJS.Timeout;
}

/**
 * Lets sessions be opened in the order in which they were verified, as many at once as keeps nobody else waiting
 * ({@link Pacing}): each opening is stored, wakes an actor and reads a mailbox. No more wait than there are sockets.
 */
export class Openings {
  /** Those under way. */
  readonly #held = new Map<object, Held>();
  readonly #waiting: (() => void)[] = [];
  readonly #pacing = new Pacing();
  readonly #now: () => number;

  /** @param now ms by a clock that only goes forward. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Sessions that are being opened or wait for it: so many are about to read their mailboxes. */
  get size(): number {
    return this.#held.size + this.#waiting.length;
  }

  /** Resolves when the session may be opened; {@link leave} follows, however that ends. */
  enter(session: object): Promise<void> {
    return new Promise((enter) => {
      this.#waiting.push(() => {
        const late = setTimeout(() => {
          this.stored(session);
          this.leave(session);
        }, HELD_MS).unref();
        this.#held.set(session, { since: this.#now(), late });
        enter();
      });
      this.#admit();
    });
  }

  /** Its opening is stored: the time that it took says how many may go at once. */
  stored(session: object): void {
    const held = this.#held.get(session);
    if (held === undefined) return;
    const now = this.#now();
    this.#pacing.took(now - held.since, this.#held.size, now);
  }

  /** Its opening is stored, or never will be. A second time, nothing happens. */
  leave(session: object): void {
    clearTimeout(this.#held.get(session)?.late);
    if (this.#held.delete(session)) this.#admit();
  }

  #admit(): void {
    while (this.#held.size < this.#pacing.atOnce) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next();
    }
  }
}
