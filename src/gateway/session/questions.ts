/** Questions of one user that may be under way at this gateway. */
export const UNDER_WAY_PER_USER = 4;
/** Questions of one user that may wait for their turn. */
export const WAITING_PER_USER = 16;
/** Questions of all users under way: answers of 192 KiB each are in memory until they are sent on. */
export const ASKED_MAX = 64;

/** One question to the views. */
interface Question {
  /** Is anybody there who wants the answer? */
  wanted(): boolean;
  /** Resolves when it is answered or has failed. Never rejects. */
  ask(): Promise<void>;
}

interface Asker {
  underWay: number;
  readonly waiting: Question[];
}

/**
 * Questions to the views, a few at a time per user, and users in turn: who asks without end waits for
 * their own answers, and nobody else does. One whose asker is gone is not asked any more.
 */
export class Questions {
  /** Users with a question under way or waiting, the one whose turn is next first. */
  readonly #askers = new Map<string, Asker>();
  #underWay = 0;

  /** Asks now or in its turn. Returns false when too many of the user wait already. */
  put(user: string, question: Question): boolean {
    const asker = this.#askers.get(user) ?? { underWay: 0, waiting: [] };
    if (asker.waiting.length >= WAITING_PER_USER) {
      asker.waiting.splice(
        0,
        asker.waiting.length,
        ...asker.waiting.filter((each) => each.wanted()),
      );
      if (asker.waiting.length >= WAITING_PER_USER) return false;
    }
    this.#askers.set(user, asker);
    asker.waiting.push(question);
    this.#next();
    return true;
  }

  /** Questions that are under way or wait. */
  get size(): number {
    return [...this.#askers.values()].reduce(
      (all, { underWay, waiting }) => all + underWay + waiting.length,
      0,
    );
  }

  #next(): void {
    for (const [user, asker] of this.#askers) {
      if (this.#underWay >= ASKED_MAX) return;
      if (asker.underWay >= UNDER_WAY_PER_USER) continue;
      const question = firstWanted(asker.waiting);
      if (question !== undefined) this.#ask(user, asker, question);
      else if (asker.underWay === 0) this.#askers.delete(user);
    }
  }

  #ask(user: string, asker: Asker, question: Question): void {
    asker.underWay++;
    this.#underWay++;
    // Behind all others: that is what makes it fair.
    this.#askers.delete(user);
    this.#askers.set(user, asker);
    void question.ask().finally(() => {
      asker.underWay--;
      this.#underWay--;
      this.#next();
    });
  }
}

function firstWanted(waiting: Question[]): Question | undefined {
  for (;;) {
    const next = waiting.shift();
    if (next === undefined || next.wanted()) return next;
  }
}
