import type { Coming } from "../../gateway/ports.ts";
import type { Found } from "./gets.ts";
import type { MailboxReading, Page } from "./reading.ts";
import type { Member } from "./member.ts";
import type { Scan } from "./scan.ts";

/** Entries of the stream over which a crowd of sessions would walk, one by one: 0.4 s of the broker. With fewer each reads alone. */
const WALK_MIN = 4_000_000;
/** µs of the broker for a mailbox that is read alone (three questions), for each entry that it walks over, and for one of the whole stream. */
const [ALONE, WALK, WHOLE] = [300, 0.1, 8] as const;
/** Entries of a block of the broker: within one it walks from entry to entry, and passes those that have nothing. */
const BLOCK = 32_768;
/** So many times as many as wait at a time are taken to come. */
const COMING = 4;
/** µs that reading together has to save, for nobody reads sooner than the others then. */
const SAVED_MIN = 100_000;
/** Entries of the stream in which a mailbox is looked for: with more this one would make all others wait. */
const SPAN_MAX = 131_072;

/** Is it worth while for so many to read so much of the stream together? */
export type Worth = (crowd: number, span: number) => boolean;
/** Those that wait for others who are about to come. */
export const forSessions: Worth = (crowd, span) => span * crowd >= WALK_MIN;
/** Actors of a stream that has come to this host: what is read for those who wait serves all who are still to come, and they are the most. */
export const forActors: Worth = (crowd, span) =>
  COMING * crowd * (ALONE + Math.min(span, BLOCK) * WALK) - span * WHOLE >= SAVED_MIN;

/** The mailbox of one of a crowd. */
export interface CrowdRange {
  readonly owner: string;
  readonly after: number;
  readonly scan: Scan;
  /** How many read, alone or together, or are about to. */
  readonly crowd: () => number;
  /** Those who are about to. */
  readonly coming: Coming;
  readonly worth: Worth;
  /** Reads the mailbox behind `after` alone. */
  readonly alone: (after: number) => MailboxReading;
  /** The entries with their generations. */
  readonly dated: (entries: readonly Found[]) => Page["entries"];
}

/** One reading of a mailbox while very many are read: it shares the reading of the whole stream with them. */
export class CrowdReading {
  readonly after: number;
  readonly #range: CrowdRange;
  #member: Member | undefined;
  #alone: MailboxReading | undefined;
  #isOver = false;

  constructor(range: CrowdRange) {
    this.after = range.after;
    this.#range = range;
  }

  /** Nobody waits for what is still to come. */
  stop(): void {
    this.#isOver = true;
    this.#member?.leave();
    this.#alone?.stop();
  }

  /**
   * The entries up to `upTo`, which the stream reaches, in order and once. How many are to come nobody
   * knows, so a page says 0. One that is taken too slowly is read alone from there on.
   * @throws UnavailableError when the broker does not answer, or no replica catches up within 20 s.
   */
  async *pages(upTo: number): AsyncGenerator<Page> {
    const { owner, after, scan, crowd, coming, worth, alone, dated } = this.#range;
    const span = upTo - after;
    let come = after;
    try {
      if (scan.has(after, upTo) || (span <= SPAN_MAX && worth(crowd(), span))) {
        this.#member = scan.join(owner, after, upTo, coming);
        for (let isLast = false; !isLast;) {
          const share = await this.#member.share();
          if (share.entries.length > 0) yield { entries: dated(share.entries), pending: 0 };
          come = share.known;
          ({ isLast } = share);
        }
      }
      if (this.#isOver || come >= upTo) return;
      this.#alone = alone(come);
      yield* this.#alone.pages(upTo);
    } finally {
      this.stop();
    }
  }
}
