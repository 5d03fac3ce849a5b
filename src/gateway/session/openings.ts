import { AT_ONCE_MAX, Pacing } from "./pacing.ts";

/** An opening that takes longer waits for the broker, and keeps nobody else out. */
export const HELD_MS = 50;
/** Where the first in line has waited for so long, one may be under way that the pace has no place for … */
export const PATIENCE_MS = 1_000;
/** … and one more with each such piece of a longer wait: a gateway that drains waits for no device for ever. */
export const MORE_EACH_MS = 250;

interface Held {
  readonly since: number;
  readonly late: NodeJS.Timeout;
}

interface Waiting {
  readonly since: number;
  readonly enter: () => void;
}

/**
 * Lets sessions be opened in the order in which they were verified, as many at once as keeps nobody else waiting
 * ({@link Pacing}): each opening is stored, wakes an actor and reads a mailbox. Where others than openings make the log slow, the pace says
 * one at once whatever the crowd; so the longer the line, the more go. No more wait than there are sockets.
 */
export class Openings {
  /** Those under way that keep others out … */
  readonly #held = new Map<object, Held>();
  /** … and all that are not stored yet. */
  readonly #underWay = new Set<object>();
  readonly #waiting: Waiting[] = [];
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
    return new Promise((go) => {
      const enter = (): void => {
        const late = setTimeout(() => this.#late(session), HELD_MS).unref();
        this.#held.set(session, { since: this.#now(), late });
        this.#underWay.add(session);
        go();
      };
      this.#waiting.push({ since: this.#now(), enter });
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
    if (this.#underWay.delete(session)) this.#letGo(session);
  }

  #late(session: object): void {
    this.stored(session);
    this.#letGo(session);
  }

  #letGo(session: object): void {
    clearTimeout(this.#held.get(session)?.late);
    this.#held.delete(session);
    this.#admit();
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#hasRoom(next); next = this.#waiting[0]) {
      this.#waiting.shift();
      next.enter();
    }
  }

  #hasRoom({ since }: Waiting): boolean {
    if (this.#held.size < this.#pacing.atOnce) return true;
    const more = Math.ceil((this.#now() - since - PATIENCE_MS) / MORE_EACH_MS);
    return this.#underWay.size < Math.min(AT_ONCE_MAX, more);
  }
}
