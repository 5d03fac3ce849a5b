/** Own messages of one group whose fate is remembered: far more than a bot has under way there. */
const KNOWN_MAX = 1_000;

interface Fate {
  readonly key?: string;
  readonly outcome?: "accepted" | "refused";
}

/**
 * The fate of answers to a group. The own mailbox tells the key of each and whether it was refused, the group which it has
 * accepted: both by the cid, in any order.
 */
export class Decisions {
  /** By cid, the longest known first. */
  readonly #fates = new Map<string, Fate>();

  /** The own mailbox has it. Returns whether the group has accepted it. */
  stored(cid: string, key: string): boolean {
    return this.#learn(cid, { key }).outcome === "accepted";
  }

  /** The group shows it. Returns its key, if that is known. */
  accepted(cid: string): string | undefined {
    return this.#learn(cid, { outcome: "accepted" }).key;
  }

  /** The group has refused it. Returns its key, if that is known. */
  refused(cid: string): string | undefined {
    return this.#learn(cid, { outcome: "refused" }).key;
  }

  /** Is an answer of this name stored, under another cid than `but`, and nothing has come of it yet? */
  isOpen(key: string, but?: string): boolean {
    for (const [cid, fate] of this.#fates)
      if (fate.key === key && fate.outcome === undefined && cid !== but) return true;
    return false;
  }

  #learn(cid: string, news: Fate): Fate {
    const fate = { ...this.#fates.get(cid), ...news };
    this.#fates.set(cid, fate);
    for (const first of this.#fates.keys()) {
      if (this.#fates.size <= KNOWN_MAX) break;
      this.#fates.delete(first);
    }
    return fate;
  }
}
