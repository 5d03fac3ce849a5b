import { framed } from "../socket/framing.ts";
import type { Shared } from "../socket/wire.ts";
import type { Passed } from "./place.ts";

/** Facts kept of one group: who comes back after a moment is served from here. */
const FACTS_MAX = 64;
/** The facts of all groups may take so much; the group that was told of nothing for the longest time loses its own first. */
const BYTES_MAX = 32 * 1024 * 1024;

/** A fact of a group as every session is told it: one text, framed once. */
export class Framed implements Passed, Shared {
  readonly seq: number;
  readonly ended: string | undefined;
  readonly text: string;
  #bytes: Buffer | undefined;

  constructor(seq: number, text: string, ended: string | undefined) {
    this.seq = seq;
    this.text = text;
    this.ended = ended;
  }

  get bytes(): Buffer {
    return (this.#bytes ??= framed(this.texts));
  }

  get texts(): readonly string[] {
    return [this.text];
  }

  /** The same fact behind another one: what was read first had nothing known before it. */
  behind(prev: number): Framed {
    return new Framed(this.seq, this.text.replace(/"prev":\d+/, `"prev":${prev}`), this.ended);
  }

  /** Bytes in memory, about: the text, and the frame once somebody was told it. */
  get size(): number {
    return 2 * this.text.length + 200;
  }
}

/** Facts that go out together. */
class Bundle implements Shared {
  readonly texts: readonly string[];
  readonly bytes: Buffer;

  constructor(facts: readonly Framed[]) {
    this.texts = facts.map(({ text }) => text);
    this.bytes = Buffer.concat(facts.map(({ bytes }) => bytes));
  }
}

/** Facts as they go out together: one alone is framed once for all who are told it, whenever. */
export function together(facts: readonly Framed[]): Shared {
  const [first, second] = facts;
  return first !== undefined && second === undefined ? first : new Bundle(facts);
}

/** The last facts of a group without a hole between them. */
export class Ring {
  readonly #memory: RingMemory;
  #facts: Framed[] = [];
  #bytes = 0;
  /** Every fact behind this seq is here. */
  floor: number;

  constructor(memory: RingMemory, floor: number) {
    this.#memory = memory;
    this.floor = floor;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A fact behind all others. */
  push(fact: Framed): void {
    this.#facts.push(fact);
    this.#bytes += fact.size;
    this.#memory.grown(this, fact.size);
    if (this.#facts.length > FACTS_MAX) this.#drop();
  }

  /**
   * Facts that were read behind `after` and as far as `upTo`, the last ones at least. They are taken if they reach to where these begin: while
   * they were read so many may have come, or room been so short, that others were let go in between.
   */
  prepend(facts: readonly Framed[], after: number, upTo: number): void {
    if (after >= this.floor || upTo < this.floor) return;
    const older = facts.filter(({ seq }) => seq <= this.floor);
    const room = Math.max(0, FACTS_MAX - this.#facts.length);
    const taken = older.slice(Math.max(0, older.length - room));
    // All that is not taken lies at the floor or below it.
    this.floor = older[older.length - taken.length - 1]?.seq ?? after;
    const [first, ...rest] = this.#facts;
    if (first !== undefined) this.#facts = [first.behind(older.at(-1)?.seq ?? after), ...rest];
    this.#facts = [...taken, ...this.#facts];
    const grown = taken.reduce((sum, { size }) => sum + size, 0);
    this.#bytes += grown;
    this.#memory.grown(this, grown);
  }

  /** Are all facts behind `seq` here? */
  covers(seq: number): boolean {
    return seq >= this.floor;
  }

  /** The facts behind `seq`, the first ones of them with about so many characters. */
  behind(seq: number, chars = Number.POSITIVE_INFINITY): readonly Framed[] {
    const at = this.#facts.findIndex((fact) => fact.seq > seq);
    if (at < 0) return [];
    let left = chars;
    const end = this.#facts.findIndex((fact, i) => i >= at && (left -= fact.text.length) <= 0);
    return this.#facts.slice(at, end < 0 ? undefined : end + 1);
  }

  clear(): void {
    const last = this.#facts.at(-1);
    if (last !== undefined) this.floor = last.seq;
    this.#facts = [];
    this.#bytes = 0;
  }

  #drop(): void {
    const oldest = this.#facts.shift();
    if (oldest === undefined) return;
    this.floor = oldest.seq;
    this.#bytes -= oldest.size;
    this.#memory.grown(this, -oldest.size);
  }
}

/** The memory that all rings have together. */
export class RingMemory {
  readonly #max: number;
  /** The one that was told of something the longest ago first. */
  readonly #rings = new Set<Ring>();
  #bytes = 0;

  constructor(max = BYTES_MAX) {
    this.#max = max;
  }

  get bytes(): number {
    return this.#bytes;
  }

  grown(ring: Ring, bytes: number): void {
    this.#bytes += bytes;
    this.#rings.delete(ring);
    this.#rings.add(ring);
    for (const oldest of this.#rings) {
      if (this.#bytes <= this.#max) return;
      this.forget(oldest);
    }
  }

  forget(ring: Ring): void {
    this.#rings.delete(ring);
    this.#bytes -= ring.bytes;
    ring.clear();
  }
}
