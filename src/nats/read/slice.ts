import type { Entry } from "../../events/entry.ts";
import type { DirectGets } from "./gets.ts";

const PAGE_ENTRIES = 1_000;
const PAGE_BYTES = 512 * 1024;

interface Range {
  readonly stream: string;
  readonly subject: string;
  /** Entries in (after, upTo] are wanted. */
  readonly after: number;
  readonly upTo: number;
  /** The last entry of the subject, which may lie beyond `upTo`. It exists, so a page that ends before it is no end. */
  readonly last: number;
}

/** One subject of a mailbox within a range, read page by page. */
export class Slice {
  readonly #gets: DirectGets;
  readonly #range: Range;
  /** Read, and not yet taken. */
  #entries: readonly Entry[] = [];
  #pending = 0;
  #end: number;

  constructor(gets: DirectGets, range: Range) {
    this.#gets = gets;
    this.#range = range;
    this.#end = range.after;
  }

  /** Up to here every entry of the subject has been read. */
  get end(): number {
    return this.#end;
  }

  /** Is there something to take, or nothing left to read? */
  get ready(): boolean {
    return this.#entries.length > 0 || this.#end >= this.#range.upTo;
  }

  /** How many more there may be. */
  get left(): number {
    return this.#entries.length + this.#pending;
  }

  /** Reads the next page, if there is nothing to take. It may bring nothing: a replica was behind. */
  async fetch(): Promise<void> {
    if (this.ready) return;
    const { stream, subject, upTo, last } = this.#range;
    const { entries, pending } = await this.#gets.ask(stream, {
      seq: this.#end + 1,
      batch: PAGE_ENTRIES,
      max_bytes: PAGE_BYTES,
      next_by_subj: subject,
    });
    const reached = entries.at(-1)?.seq ?? this.#end;
    this.#entries = entries.filter(({ seq }) => seq <= upTo);
    this.#pending = reached >= upTo ? 0 : pending;
    this.#end = reached >= Math.min(last, upTo) ? upTo : reached;
  }

  /** Everything that has been read up to `seq`, once. */
  take(seq: number): readonly Entry[] {
    const taken = this.#entries.filter((entry) => entry.seq <= seq);
    this.#entries = this.#entries.slice(taken.length);
    return taken;
  }
}
