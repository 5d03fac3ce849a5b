import type { Entry } from "../../events/entry.ts";
import type { Reader } from "./fair.ts";
import type { Found } from "./gets.ts";
import { insist } from "./insist.ts";
import type { Slice } from "./slice.ts";

/** Some entries of a mailbox, and how many may follow. */
export interface Page {
  readonly entries: readonly Entry[];
  readonly pending: number;
}

/** The last entry of each subject of a mailbox that has one, as far as `upTo`. */
export interface Heads {
  readonly lasts: readonly Found[];
  readonly upTo: number;
}

/** The mailbox of a reading. */
export interface Range {
  /** Entries behind this seq are read. */
  readonly after: number;
  /** One for each kind of entry. */
  readonly slices: ReadonlyMap<Entry["kind"], Slice>;
  /** The heads as a replica has them that reaches `atLeast`. */
  readonly heads: (atLeast: number) => Promise<Heads>;
  /** The entries with their generations. */
  readonly dated: (entries: readonly Found[]) => readonly Entry[];
  readonly by: Reader;
}

/**
 * One reading of a mailbox. It begins at once, before it is known how far it goes: heads and the first
 * page of each subject are there when somebody takes them. Later pages are asked for one ahead, all
 * subjects side by side.
 */
export class MailboxReading {
  readonly after: number;
  readonly #range: Range;
  /** The heads that are known count up to here. */
  #known = 0;
  readonly #begun: Promise<void>;

  constructor(range: Range) {
    this.after = range.after;
    this.#range = range;
    this.#begun = this.#look(0);
    // Nobody may ever take it.
    this.#begun.catch(() => undefined);
  }

  /** Nobody waits for what is still to come: no more is asked for. */
  stop(): void {
    this.#range.by.gone = true;
  }

  /**
   * The entries up to `upTo`, which the stream reaches, in order and once: in a page are those up to the seq
   * up to which *every* subject is known, so that there is no hole in what has been taken, whenever it ends.
   * @throws UnavailableError when the broker does not answer, or no replica catches up within 20 s.
   */
  async *pages(upTo: number): AsyncGenerator<Page> {
    const { slices } = this.#range;
    try {
      await this.#begun;
      // While what is known already is sent.
      const rest = this.#known < upTo ? this.#look(upTo) : undefined;
      // Its fault is told where the rest is waited for.
      rest?.catch(() => undefined);
      for (let come = this.after; come < upTo;) {
        if (come >= this.#known) await rest;
        await this.#past(come);
        const ends = [...slices.values()].map(({ end }) => end);
        come = Math.min(upTo, ...ends);
        const page = this.#take(come);
        for (const slice of slices.values()) slice.ahead();
        if (page.entries.length > 0) yield page;
      }
    } finally {
      this.stop();
    }
  }

  /** Learns the heads, and begins to read what they show. */
  async #look(atLeast: number): Promise<void> {
    const { slices, heads } = this.#range;
    const { lasts, upTo } = await heads(atLeast);
    this.#known = upTo;
    for (const [kind, slice] of slices) {
      const last = lasts.find((each) => each.kind === kind);
      slice.learn(last, upTo);
      slice.ahead();
    }
  }

  /** Waits until every subject is known beyond `seq`. */
  async #past(seq: number): Promise<void> {
    const { slices, by } = this.#range;
    await insist(by, async () => {
      const behind = [...slices.values()].filter(({ end }) => end <= seq);
      await Promise.all(behind.map((slice) => slice.page()));
      return behind.every(({ end }) => end > seq) || undefined;
    });
  }

  /** The entries that have been read up to `seq`, in order. */
  #take(seq: number): Page {
    const { slices, dated } = this.#range;
    const taken = [...slices.values()].map((slice) => slice.take(seq));
    const [first = [], ...others] = taken.filter(({ length }) => length > 0);
    const all = others.length === 0 ? first : first.concat(...others).toSorted(bySeq);
    return {
      entries: dated(all),
      pending: [...slices.values()].reduce((sum, { left }) => sum + left, 0),
    };
  }
}

const bySeq = (a: Found, b: Found): number => a.seq - b.seq;
