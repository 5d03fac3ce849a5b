/**
 * Sessions that are opened at once. Each opening wakes an actor and reads a mailbox: of a thousand devices that come back
 * in one moment so many go ahead, and words of others wait behind these and not behind a thousand.
 */
export const OPENINGS_MAX = 16;
/** An opening that takes longer waits for the broker, and keeps nobody else out. */
export const HELD_MS = 1_000;

/** Lets sessions be opened in the order in which they were verified. No more wait than there are sockets. */
export class Openings {
  /** Those under way, and when they are counted no longer. */
  readonly #held = new Map<object, NodeJS.Timeout>();
  readonly #waiting: (() => void)[] = [];

  /** Resolves when the session may be opened; {@link leave} follows, however that ends. */
  enter(session: object): Promise<void> {
    return new Promise((enter) => {
      this.#waiting.push(() => {
        this.#held.set(session, setTimeout(() => this.leave(session), HELD_MS).unref());
        enter();
      });
      this.#admit();
    });
  }

  /** Its opening is stored, or never will be. A second time, nothing happens. */
  leave(session: object): void {
    clearTimeout(this.#held.get(session));
    if (this.#held.delete(session)) this.#admit();
  }

  #admit(): void {
    while (this.#held.size < OPENINGS_MAX) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next();
    }
  }
}
