import { UnavailableError } from "../publish/publication.ts";
import type { Found } from "./gets.ts";

/** Entries of a mailbox that are handed over together: with each one alone a crowd would wake for each. */
const TOGETHER = 32;
/** Members that are woken in one turn of the loop: 32 entries each are some 3 ms. */
const AT_ONCE = 16;
/** Characters that wait for a member who does not take them: beyond it the member reads on alone. */
const WAITING_CHARS_MAX = 256 * 1024;

/** Wakes a few in each turn of the loop: each writes to its socket, and others go on between them. */
export async function wakeAll(members: readonly Member[]): Promise<void> {
  for (const [i, member] of members.entries()) {
    member.wake();
    if (i % AT_ONCE === AT_ONCE - 1) await new Promise((go) => setImmediate(go));
  }
}

/** A part of a mailbox, and whether the member is given more. */
export interface Share {
  readonly entries: readonly Found[];
  /** Everything of the mailbox up to here has been given. */
  readonly known: number;
  readonly isLast: boolean;
}

/** One mailbox of those for which a stream is read. */
export class Member {
  readonly owner: string;
  readonly upTo: number;
  /** Everything up to here has been handed over, or waits here. */
  known: number;
  #entries: Found[] = [];
  #chars = 0;
  #isOver = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  constructor(owner: string, after: number, upTo: number) {
    this.owner = owner;
    this.known = after;
    this.upTo = upTo;
  }

  /** An entry of the mailbox has been read. */
  take(entry: Found): void {
    if (this.#isOver || entry.seq <= this.known || entry.seq > this.upTo) return;
    this.#entries.push(entry);
    this.#chars += entry.raw.length;
  }

  /** Is nothing more to come? */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The stream has been read up to `seq`. Is there enough to wake the member for? */
  come(seq: number): boolean {
    this.known = Math.max(this.known, Math.min(seq, this.upTo));
    if (this.known === this.upTo || this.#chars > WAITING_CHARS_MAX) this.#isOver = true;
    return this.#isOver || this.#entries.length >= TOGETHER;
  }

  wake(): void {
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#error = error;
    this.leave();
  }

  /** Takes no more. */
  leave(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** The entries that have come meanwhile, when they are enough or the last. @throws UnavailableError */
  async share(): Promise<Share> {
    if (!this.#isOver && this.#entries.length < TOGETHER)
      await new Promise<void>((wake) => (this.#wake = wake));
    this.#wake = undefined;
    if (this.#error !== undefined)
      throw this.#error instanceof Error ? this.#error : new UnavailableError("not read");
    const entries = this.#entries;
    this.#entries = [];
    this.#chars = 0;
    return { entries, known: this.known, isLast: this.#isOver };
  }
}
