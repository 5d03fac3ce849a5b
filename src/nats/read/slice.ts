import type { Answer, Found, Request } from "./gets.ts";

/**
 * Pages grow: the first is there soon, and a long way takes few. In bytes they stay small, because a page
 * waits in memory for a client that reads slowly, and the next one with it.
 */
const FIRST = { batch: 64, max_bytes: 64 * 1024 };
const SECOND = { batch: 256, max_bytes: 256 * 1024 };
export const GROWING = [FIRST, SECOND, { batch: 1_000, max_bytes: 256 * 1024 }] as const;
/**
 * Pages for an actor that is loaded. Each is parsed in one turn of the loop, by code that has seldom run before, and nobody waits for the end of
 * a long way: so the largest has what is folded in two turns.
 */
export const SMALL = [FIRST, { batch: 256, max_bytes: 128 * 1024 }] as const;
export type Pages = typeof GROWING | typeof SMALL;
/** With no more than so many left the next page is asked for. */
const FEW = 64;

type Ask = (request: Request) => Promise<Answer>;

/** One subject of a mailbox behind a seq, read page by page, one page ahead. */
export class Slice {
  readonly #subject: string;
  readonly #ask: Ask;
  /** Sizes of its pages, each larger than the one before; all others are like the last. */
  readonly #sizes: Pages;
  /** Read, and not yet taken. */
  #entries: readonly Found[] = [];
  /** The subject has been read so far. */
  #reached: number;
  /** The last entry of the subject in the log up to `#upTo`. It exists, so a page that ends before it is no end. */
  #last = 0;
  #upTo = 0;
  #pending = 0;
  #pages = 0;
  /** The page that is being read. */
  #page: Promise<void> | undefined;

  constructor(subject: string, after: number, ask: Ask, sizes: Pages = GROWING) {
    this.#sizes = sizes;
    this.#subject = subject;
    this.#reached = after;
    this.#ask = ask;
  }

  /** The heads say: up to `upTo` this is the last entry of the subject; undefined: it has none. */
  learn(last: Found | undefined, upTo: number): void {
    this.#last = last?.seq ?? 0;
    this.#upTo = upTo;
    // Nothing lies between: it is the next page by itself.
    if (last === undefined || last.seq !== this.#reached + 1 || this.#page !== undefined) return;
    this.#entries = this.#entries.concat(last);
    this.#reached = last.seq;
  }

  /** Up to here every entry of the subject has been read. */
  get end(): number {
    return this.#reached < this.#last ? this.#reached : Math.max(this.#reached, this.#upTo);
  }

  /** How many more there may be. */
  get left(): number {
    return this.#entries.length + (this.#reached < this.#last ? this.#pending : 0);
  }

  /** Begins to read the next page when few are left, and there are more. */
  ahead(): void {
    if (this.#entries.length > FEW || this.#reached >= this.#last) return;
    this.#page ??= this.#read();
    // Its fault is told where the page is waited for.
    this.#page.catch(() => undefined);
  }

  /**
   * Waits for the next page. It may bring nothing: a replica was behind.
   * @throws UnavailableError
   */
  async page(): Promise<void> {
    this.ahead();
    await this.#page;
  }

  /** Everything that has been read up to `seq`, once. */
  take(seq: number): readonly Found[] {
    const behind = this.#entries.findIndex((entry) => entry.seq > seq);
    const taken = behind < 0 ? this.#entries : this.#entries.slice(0, behind);
    this.#entries = behind < 0 ? [] : this.#entries.slice(behind);
    return taken;
  }

  async #read(): Promise<void> {
    try {
      const page = this.#sizes[Math.min(this.#pages, this.#sizes.length - 1)] ?? FIRST;
      const { entries, pending } = await this.#ask({
        seq: this.#reached + 1,
        ...page,
        next_by_subj: this.#subject,
      });
      const last = entries.at(-1);
      if (last === undefined) return;
      this.#pages++;
      this.#entries = this.#entries.concat(entries);
      this.#pending = pending;
      this.#reached = last.seq;
    } finally {
      this.#page = undefined;
    }
  }
}
