import { fnv1a } from "../events/ids.ts";
import type { Conversation } from "../rules/standing.ts";

/** Peers per bucket, on average at most: what a change copies besides the list of buckets. */
const BUCKET = 16;

type Bucket = ReadonlyMap<string, Conversation>;

/**
 * The peers of a user, each with the conversation: a map that is never changed in place. A change
 * copies one bucket and shares all others, so the fold of an entry costs nearly the same with ten
 * peers and with ten thousand (docs/adr/0016-one-rule-book.md).
 */
export class Peers implements Iterable<[string, Conversation]> {
  static readonly none = new Peers([new Map()], 0);
  readonly buckets: readonly Bucket[];
  readonly size: number;

  private constructor(buckets: readonly Bucket[], size: number) {
    this.buckets = buckets;
    this.size = size;
  }

  static of(peers: Iterable<[string, Conversation]>): Peers {
    const all = new Map(peers);
    let count = 1;
    while (all.size > count * BUCKET) count *= 2;
    const buckets = Array.from({ length: count }, () => new Map<string, Conversation>());
    for (const [id, chat] of all) buckets[fnv1a(id) % count]?.set(id, chat);
    return new Peers(buckets, all.size);
  }

  get(id: string): Conversation | undefined {
    return this.buckets[this.#of(id)]?.get(id);
  }

  with(id: string, chat: Conversation): Peers {
    const at = this.#of(id);
    const bucket = new Map(this.buckets[at]).set(id, chat);
    const size = this.size + bucket.size - (this.buckets[at]?.size ?? 0);
    const next = new Peers(this.buckets.with(at, bucket), size);
    return size > this.buckets.length * BUCKET ? Peers.of(next) : next;
  }

  *[Symbol.iterator](): Iterator<[string, Conversation]> {
    for (const bucket of this.buckets) yield* bucket;
  }

  #of(id: string): number {
    return this.buckets.length === 1 ? 0 : fnv1a(id) % this.buckets.length;
  }
}
