import type { Entry } from "../events/entry.ts";

/** Characters that an entry which waits may have, with all the others: some are longer, most are shorter. */
const PARKED_CHARS_EACH = 512;

/**
 * The room of a host for entries whose actors are being loaded. All of its streams share it, and each of those in which something waits
 * has a part of it for itself: so one in which many wait keeps nobody from being read elsewhere, and together they are never more than twice as many.
 */
export class ParkingRoom {
  readonly #max: number;
  readonly #users = new Set<Parking>();
  #size = 0;
  #chars = 0;

  /** @param max entries. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Does so much wait that a stream in which so much of it waits may not be read? */
  isFullFor({ size, chars }: Parking): boolean {
    const [max, charsMax] = [this.#max, this.#max * PARKED_CHARS_EACH];
    const part = Math.max(1, this.#users.size);
    const isOver = this.#size > max && size > max / part;
    return isOver || (this.#chars > charsMax && chars > charsMax / part);
  }

  /** So much more waits in a stream than before. */
  changed(by: Parking, entries: number, chars: number): void {
    this.#size += entries;
    this.#chars += chars;
    if (by.size > 0) this.#users.add(by);
    else this.#users.delete(by);
  }
}

/** Entries of one stream that wait for their actors to be loaded, each mailbox in order; those of other actors go on. */
export class Parking {
  readonly #room: ParkingRoom;
  readonly #lots = new Map<string, Entry[]>();
  /** Of a lot that is being left: how many have gone. */
  readonly #gone = new Map<string, number>();
  /** Entries that wait, and their characters. */
  #size = 0;
  #chars = 0;
  #isOver = false;

  constructor(room: ParkingRoom) {
    this.#room = room;
  }

  get size(): number {
    return this.#size;
  }

  get chars(): number {
    return this.#chars;
  }

  /** Do so many wait that no more may be read? */
  get isFull(): boolean {
    return this.#room.isFullFor(this);
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
    this.#change(1, raw.length);
    const lot = this.#lots.get(owner);
    if (lot === undefined) this.#lots.set(owner, [entry]);
    else lot.push(entry);
    return lot === undefined;
  }

  /** Everything of an owner, in order; what is parked meanwhile, too. The owner's lot is empty then. */
  *leave(owner: string): Generator<Entry> {
    const lot = this.#lots.get(owner) ?? [];
    for (const [i, entry] of lot.entries()) {
      this.#change(-1, -entry.raw.length);
      this.#gone.set(owner, i);
      yield entry;
    }
    this.#lots.delete(owner);
    this.#gone.delete(owner);
  }

  /** The stream is run here no more: what still waits is left to its next owner, and takes no room. */
  abandon(): void {
    this.#change(-this.#size, -this.#chars);
    this.#isOver = true;
  }

  #change(entries: number, chars: number): void {
    if (this.#isOver) return;
    this.#size += entries;
    this.#chars += chars;
    this.#room.changed(this, entries, chars);
  }
}
