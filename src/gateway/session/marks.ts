import type { Watermarks } from "../../rules/watermarks.ts";

/** Time for which a stored receipt is known: what is said again later may have been lost with the log. */
const GOOD_MS = 10_000;
/** Receipts remembered; the oldest are forgotten first, and the log takes them twice. */
const MARKS_MAX = 50_000;

interface Mark extends Watermarks {
  readonly storedAt: number;
}

/**
 * Marks: the last receipt stored for each user, device and peer, so that what is said again and again
 * is stored once. Nobody is asked and nothing is opened for it.
 */
export class Marks {
  readonly #marks = new Map<string, Mark>();
  /** Changes when the log begins a generation. */
  #life = {};

  /** Does the claim say more than what was stored a moment ago? */
  rises(key: string, claim: Watermarks, now: number): boolean {
    const mark = this.#marks.get(key);
    if (mark === undefined || now - mark.storedAt >= GOOD_MS) return true;
    return claim.delivered > mark.delivered || claim.read > mark.read;
  }

  /**
   * Takes note that a claim is about to be stored. Returns whom to tell that it is. Where the log has begun a generation by then, nothing is
   * remembered: the claim may lie before its message, which was lost and is told again, and then it counts for nobody.
   */
  storing(key: string): (claim: Watermarks, now: number) => void {
    const life = this.#life;
    return (claim, now) => {
      if (life === this.#life) this.#stored(key, claim, now);
    };
  }

  /** The log has begun a generation: what was stored may not be there any more. */
  forget(): void {
    this.#life = {};
    this.#marks.clear();
  }

  get size(): number {
    return this.#marks.size;
  }

  #stored(key: string, claim: Watermarks, now: number): void {
    const mark = this.#marks.get(key);
    const known = mark !== undefined && now - mark.storedAt < GOOD_MS ? mark : undefined;
    this.#marks.delete(key);
    this.#marks.set(key, {
      delivered: Math.max(claim.delivered, known?.delivered ?? 0),
      read: Math.max(claim.read, known?.read ?? 0),
      storedAt: now,
    });
    for (const oldest of this.#marks.keys()) {
      if (this.#marks.size <= MARKS_MAX) return;
      this.#marks.delete(oldest);
    }
  }
}

/** No id has a blank in it. */
export const markKey = (user: string, deviceId: string, peer: string): string =>
  `${user} ${deviceId} ${peer}`;
