import type { Found } from "./gets.ts";

/** Characters that the logs of crowds may hold, in all streams of a process; an entry takes some beside its text. */
export const CROWD_LOGS_CHARS_MAX = 64 * 1024 * 1024;
const ENTRY_CHARS = 256;
/** A crowd's log is let go when nobody has come for so long. */
const IDLE_MS = 5_000;

/** The room that the crowds' logs of a process still have. */
export interface CrowdLogRoom {
  chars: number;
}

/**
 * A part of a stream that was read for a crowd, by mailbox. Actors of one owner are all read up to the same entry, so who comes while others are being
 * read, or behind them, has everything in what was read already. Bounded: a part that is too large is let go, and whoever comes next is read for anew.
 */
export class CrowdLog {
  /** Everything behind this seq is here … */
  readonly after: number;
  /** … up to this one. */
  known: number;
  /** Of the stream as it was known then: another generation has other entries. */
  readonly #life: unknown;
  readonly #room: CrowdLogRoom;
  readonly #entries = new Map<string, Found[]>();
  #chars = 0;
  #isKept: boolean;
  #idle: NodeJS.Timeout | undefined;

  constructor(
    after: number,
    life: unknown,
    { room, keeps }: { room: CrowdLogRoom; keeps: boolean },
  ) {
    this.after = after;
    this.known = after;
    this.#life = life;
    this.#room = room;
    this.#isKept = keeps;
  }

  /** May somebody begin here who needs everything behind `after`? */
  serves(after: number, life: unknown): boolean {
    return this.#isKept && after >= this.after && life === this.#life;
  }

  /** The entries of a mailbox, in order. */
  of(owner: string): readonly Found[] {
    return this.#entries.get(owner) ?? [];
  }

  /** The stream goes on with these. */
  add(entries: readonly Found[]): void {
    this.known = Math.max(this.known, entries.at(-1)?.seq ?? 0);
    if (!this.#isKept) return;
    for (const entry of entries) {
      const others = this.#entries.get(entry.owner);
      if (others === undefined) this.#entries.set(entry.owner, [entry]);
      else others.push(entry);
      this.#chars += ENTRY_CHARS + entry.raw.length;
      this.#room.chars -= ENTRY_CHARS + entry.raw.length;
    }
    if (this.#room.chars < 0) this.end();
  }

  /** Somebody has come: it stays for a while. */
  touch(): void {
    clearTimeout(this.#idle);
    if (this.#isKept) this.#idle = setTimeout(() => this.end(), IDLE_MS).unref();
  }

  /** Holds nothing any more, and serves nobody. */
  end(): void {
    clearTimeout(this.#idle);
    this.#isKept = false;
    this.#entries.clear();
    this.#room.chars += this.#chars;
    this.#chars = 0;
  }
}
