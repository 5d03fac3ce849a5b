import { fnv1a } from "../events/ids.ts";
import type { Conversation } from "../rules/standing.ts";

/** Peers per bucket, on average: what a change copies besides the list of buckets. */
const BUCKET = 12;

type Bucket<C> = ReadonlyMap<string, C>;

/**
 * The peers of a user, each with the conversation, or the groups with what is known of each: a map that is never changed in place. A change
 * copies one bucket and shares all others, so the fold of an entry costs nearly the same with ten
 * peers and with ten thousand (docs/adr/0016-one-rule-book.md). It grows by dividing one bucket in two
 * (linear hashing), so no single fold pays for all peers.
 */
export class Peers<C = Conversation> implements Iterable<[string, C]> {
  readonly buckets: readonly Bucket<C>[];
  readonly size: number;

  private constructor(buckets: readonly Bucket<C>[], size: number) {
    this.buckets = buckets;
    this.size = size;
  }

  static none<C = Conversation>(): Peers<C> {
    return NONE as Peers<C>;
  }

  static of<C>(peers: Iterable<[string, C]>): Peers<C> {
    const all = new Map(peers);
    const buckets = Array.from(
      { length: Math.max(1, Math.ceil(all.size / BUCKET)) },
      () => new Map<string, C>(),
    );
    for (const [id, chat] of all) buckets[placeOf(id, buckets.length)]?.set(id, chat);
    return new Peers(buckets, all.size);
  }

  /** The peers whose {@link buckets} these are. */
  static from<C>(buckets: readonly Bucket<C>[]): Peers<C> {
    return new Peers(
      buckets,
      buckets.reduce((sum, { size }) => sum + size, 0),
    );
  }

  get(id: string): C | undefined {
    return this.buckets[placeOf(id, this.buckets.length)]?.get(id);
  }

  with(id: string, chat: C): Peers<C> {
    const at = placeOf(id, this.buckets.length);
    const bucket = new Map(this.buckets[at]).set(id, chat);
    const size = this.size + bucket.size - (this.buckets[at]?.size ?? 0);
    const buckets = this.buckets.with(at, bucket);
    if (size > buckets.length * BUCKET) divide(buckets);
    return new Peers(buckets, size);
  }

  *[Symbol.iterator](): Iterator<[string, C]> {
    for (const bucket of this.buckets) yield* bucket;
  }
}

/** Shared by all who know nobody. */
const NONE: Peers<unknown> = Peers.from([new Map()]);

/** The largest power of two among the numbers up to `count`. */
const wholeOf = (count: number): number => 1 << (31 - Math.clz32(count));

/** The bucket of `count` that has an id: buckets from `whole` on have a part of what the first ones had before. */
function placeOf(id: string, count: number): number {
  if (count === 1) return 0;
  const whole = wholeOf(count);
  const at = fnv1a(id) % (2 * whole);
  return at < count ? at : at - whole;
}

/** Adds a bucket, and moves what belongs there out of the one that had it. */
function divide<C>(buckets: Bucket<C>[]): void {
  const count = buckets.length + 1;
  const from = buckets.length - wholeOf(buckets.length);
  const all = [...(buckets[from] ?? [])];
  buckets[from] = new Map(all.filter(([id]) => placeOf(id, count) === from));
  buckets.push(new Map(all.filter(([id]) => placeOf(id, count) !== from)));
}
