import type { Entry } from "../events/entry.ts";

/** An entry whose actor is being loaded. */
export interface Parked {
  readonly entry: Entry;
  /** To be called when the entry is done with: folded, and its copy stored. */
  readonly done: () => void;
}

/**
 * Entries that wait for their actors to be loaded, each mailbox in order; those of other actors go on. How
 * many they are is bounded by the entries that may be open, their size here.
 */
export class Parking {
  readonly #lots = new Map<string, Parked[]>();
  /** Characters of all entries that wait. */
  #chars = 0;

  get chars(): number {
    return this.#chars;
  }

  get isEmpty(): boolean {
    return this.#lots.size === 0;
  }

  /** Does anything of this owner wait? Then whatever comes has to wait behind it. */
  has(owner: string): boolean {
    return this.#lots.has(owner);
  }

  /** Returns whether it is the first of its owner. */
  park(parked: Parked): boolean {
    const { owner, raw } = parked.entry;
    this.#chars += raw.length;
    const lot = this.#lots.get(owner);
    if (lot === undefined) this.#lots.set(owner, [parked]);
    else lot.push(parked);
    return lot === undefined;
  }

  /** Everything of an owner, in order; what is parked meanwhile, too. The owner's lot is empty then. */
  *leave(owner: string): Generator<Parked> {
    const lot = this.#lots.get(owner) ?? [];
    for (const parked of lot) {
      this.#chars -= parked.entry.raw.length;
      yield parked;
    }
    this.#lots.delete(owner);
  }
}
