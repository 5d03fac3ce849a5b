import type { Entry } from "../../../../src/events/entry.ts";
import type { Event } from "../../../../src/events/event.ts";
import { fnv1a } from "../../../../src/events/ids.ts";
import { isGroup } from "../../../../src/events/messageid.ts";

/** A broker forgets a name so long after it has stored something under it, ms. */
const WINDOW_MS = 120_000;

/** A subject of a mailbox. */
export type On = "fact" | "copy" | "tick";
/** An answer of the broker: the seq that has it, or that another entry is the last one there. */
export type Answer = { readonly seq: number } | { readonly outrun: true; readonly last: number };

interface Stream {
  readonly log: Entry[];
  readonly names: Map<string, { seq: number; at: number }>;
  readonly last: Map<string, number>;
}

const OF_GROUP = { fact: "group", copy: "ask", tick: "tick" } as const;

/** Streams as a broker keeps them: names that it knows for a while, and compare-and-set on the last entry of a subject. */
export class Streams {
  readonly all: readonly Stream[];
  readonly #mailboxes = new Map<string, Entry[]>();
  now = 1_000_000;
  stored = 0;

  constructor(count: number) {
    this.all = Array.from({ length: count }, () => ({
      log: [],
      names: new Map(),
      last: new Map(),
    }));
  }

  of = (owner: string): number => fnv1a(owner) % this.all.length;

  mailbox = (owner: string): readonly Entry[] => this.#mailboxes.get(owner) ?? [];

  get owners(): readonly string[] {
    return [...this.#mailboxes.keys()];
  }

  /** `after`: the seq of the last entry that there may be on the subject. */
  put(
    on: On,
    owner: string,
    event: Event,
    { name, after }: { name?: string; after?: number } = {},
  ): Answer {
    const stream = this.all[this.of(owner)]!;
    const subject = `${on}.${owner}`;
    const last = stream.last.get(subject) ?? 0;
    if (after !== undefined && after !== last) return { outrun: true, last };
    const known = name === undefined ? undefined : stream.names.get(name);
    if (known !== undefined && this.now - known.at < WINDOW_MS) return { seq: known.seq };
    const seq = stream.log.length + 1;
    const kind = isGroup(owner) ? OF_GROUP[on] : (on as "fact" | "copy");
    const entry: Entry = { kind, owner, seq, at: this.now, raw: JSON.stringify(event) };
    stream.log.push(entry);
    stream.last.set(subject, seq);
    if (name !== undefined) stream.names.set(name, { seq, at: this.now });
    const mailbox = this.#mailboxes.get(owner);
    if (mailbox === undefined) this.#mailboxes.set(owner, [entry]);
    else mailbox.push(entry);
    this.stored++;
    return { seq };
  }
}

/** Random numbers by seed, the same each time. */
export function chances(seed: number) {
  let a = Math.imul(seed, 2_654_435_761);
  const next = (): number => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    /** With so much probability. */
    is: (share: number): boolean => next() < share,
    below: (n: number): number => Math.floor(next() * n),
    pick: <One>(ones: readonly One[]): One | undefined => ones[Math.floor(next() * ones.length)],
  };
}
export type Chances = ReturnType<typeof chances>;
