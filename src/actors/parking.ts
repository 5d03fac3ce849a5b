import type { Entry } from "../events/entry.ts";

/**
 * Entries whose actors are being loaded: beyond it reading waits. A message to an actor that is at hand is read behind all that wait, so
 * they are more than the actors of a busy stream that has just come to this host (docs/adr/0050). Each takes some 2 KiB with its load.
 */
const PARKED_MAX = 32_768;
/** Characters of those entries: beyond it reading waits, too. */
const PARKED_CHARS_MAX = 16 * 1024 * 1024;

/** Entries that wait for their actors to be loaded, each mailbox in order; those of other actors go on. */
export class Parking {
  readonly #lots = new Map<string, Entry[]>();
  /** Of a lot that is being left: how many have gone. */
  readonly #gone = new Map<string, number>();
  /** Entries that wait, and their characters. */
  #size = 0;
  #chars = 0;

  get size(): number {
    return this.#size;
  }

  /** Do so many wait that no more may be read? */
  get isFull(): boolean {
    return this.#size > PARKED_MAX || this.#chars > PARKED_CHARS_MAX;
  }

  get isEmpty(): boolean {
    return this.#lots.size === 0;
  }

  /** Seq of the first entry of all that wait; undefined: none does. */
  get first(): number | undefined {
    let first: number | undefined;
    for (const [owner, lot] of this.#lots) {
      const next = lot[this.#gone.get(owner) ?? 0]?.seq;
      if (next !== undefined && next < (first ?? Number.POSITIVE_INFINITY)) first = next;
    }
    return first;
  }

  /** Does anything of this owner wait? Then whatever comes has to wait behind it. */
  has(owner: string): boolean {
    return this.#lots.has(owner);
  }

  /** Returns whether it is the first of its owner. */
  park(entry: Entry): boolean {
    const { owner, raw } = entry;
    this.#size++;
    this.#chars += raw.length;
    const lot = this.#lots.get(owner);
    if (lot === undefined) this.#lots.set(owner, [entry]);
    else lot.push(entry);
    return lot === undefined;
  }

  /** Everything of an owner, in order; what is parked meanwhile, too. The owner's lot is empty then. */
  *leave(owner: string): Generator<Entry> {
    const lot = this.#lots.get(owner) ?? [];
    for (const [i, entry] of lot.entries()) {
      this.#size--;
      this.#chars -= entry.raw.length;
      this.#gone.set(owner, i);
      yield entry;
    }
    this.#lots.delete(owner);
    this.#gone.delete(owner);
  }
}
