/** Sessions that are remembered; the oldest are forgotten first, and begin anew. */
const SESSIONS_MAX = 100_000;

/**
 * The sessions whose sends may go in a batch, because they are new to the broker. One that the broker
 * knows makes it refuse the whole batch, with the messages of everybody else in it. So the sends of a
 * session go alone until one of them was new: devices that come back repeat first what they had not
 * heard of. A session that repeats something after that goes alone for good.
 */
export class Novelty {
  readonly #sessions = new Map<string, "new" | "repeats">();

  /** May the next send of this session go in a batch? */
  trusts(sessionId: string): boolean {
    return this.#sessions.get(sessionId) === "new";
  }

  /** A send of the session is stored; `duplicate`: the broker knew it. */
  stored(sessionId: string, duplicate: boolean): void {
    const before = this.#sessions.get(sessionId);
    if (before === undefined ? duplicate : !duplicate || before === "repeats") return;
    this.#sessions.set(sessionId, duplicate ? "repeats" : "new");
    const [oldest = ""] = this.#sessions.keys();
    if (this.#sessions.size > SESSIONS_MAX) this.#sessions.delete(oldest);
  }

  forget(sessionId: string): void {
    this.#sessions.delete(sessionId);
  }
}
