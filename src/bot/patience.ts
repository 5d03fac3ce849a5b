/** A part of what the server takes of one user: the person's other devices have questions, too. */
const SHARE = 0.5;
/** Questions under way at once: the server works on as many of one user. */
const UNDER_WAY_MAX = 4;
/** Between two looks whether there is room. */
const LOOK_MS = 50;

/** Room for questions, as `welcome` says it. */
interface Room {
  readonly questionsPerSecond: number;
  readonly questionsBurst: number;
}

/** Spreads questions to the views: a bot that comes back to a thousand chats has a thousand of them. */
export class Patience {
  readonly #room: () => Room | undefined;
  readonly #elapsed: () => number;
  #left = 0;
  #countedAt = Number.NEGATIVE_INFINITY;
  #underWay = 0;

  /** @param room undefined: there is no connection, and what is asked fails by itself. */
  constructor(room: () => Room | undefined, elapsed: () => number) {
    this.#room = room;
    this.#elapsed = elapsed;
  }

  /** Asks in its turn. */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    while (!this.#take()) await new Promise((done) => setTimeout(done, LOOK_MS));
    this.#underWay++;
    try {
      return await question();
    } finally {
      this.#underWay--;
    }
  }

  #take(): boolean {
    const room = this.#room();
    if (room === undefined) return true;
    const now = this.#elapsed();
    const grown = ((now - this.#countedAt) / 1_000) * room.questionsPerSecond * SHARE;
    this.#left = Math.min(Math.max(1, room.questionsBurst * SHARE), this.#left + grown);
    this.#countedAt = now;
    if (this.#left < 1 || this.#underWay >= UNDER_WAY_MAX) return false;
    this.#left--;
    return true;
  }
}
