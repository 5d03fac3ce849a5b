import type { Entry } from "../../../src/events/entry.ts";
import type { GroupRange } from "../../../src/protocol/internal/routes.ts";

/** A fact of a group as a log in memory has it. */
export interface ModelFact {
  readonly group: string;
  readonly seq: number;
  readonly prev: number;
  readonly joined?: string;
  readonly ended?: string;
  readonly endedBefore: number;
}

/** Groups over one log: what they have accepted, and who may see what of it. */
export class ModelLog {
  seq = 0;
  readonly #facts = new Map<string, ModelFact[]>();
  readonly #members = new Map<string, Set<string>>();

  facts(group: string): readonly ModelFact[] {
    return this.#facts.get(group) ?? [];
  }

  members(group: string): ReadonlySet<string> {
    return this.#members.get(group) ?? new Set();
  }

  append(group: string, change: { joined?: string; ended?: string } = {}): ModelFact {
    const all = this.#facts.get(group) ?? [];
    this.#facts.set(group, all);
    const members = this.#members.get(group) ?? new Set();
    this.#members.set(group, members);
    if (change.joined !== undefined) members.add(change.joined);
    if (change.ended !== undefined) members.delete(change.ended);
    const before = all.findLast(({ ended }) => ended !== undefined);
    const fact = {
      group,
      seq: ++this.seq,
      prev: all.at(-1)?.seq ?? 0,
      ...change,
      endedBefore: before?.seq ?? 0,
    };
    all.push(fact);
    return fact;
  }

  /** The ranges of a user, as somebody knows them who has heard of facts up to `upTo`. */
  ranges(user: string, upTo = Number.POSITIVE_INFINITY): GroupRange[] {
    return [...this.#facts].flatMap(([group, facts]) => {
      const ranges: { group: string; from: number; upTo?: number }[] = [];
      for (const { seq, joined, ended } of facts) {
        if (seq > upTo) break;
        const last = ranges.at(-1);
        if (joined === user) ranges.push({ group, from: seq });
        if (ended === user && last !== undefined) last.upTo = seq;
      }
      return ranges;
    });
  }

  may(user: string, group: string, seq: number): boolean {
    return this.ranges(user).some(
      (range) =>
        range.group === group &&
        range.from <= seq &&
        (range.upTo === undefined || seq <= range.upTo),
    );
  }
}

export const entryOf = ({ group, seq, ended, endedBefore }: ModelFact): Entry => ({
  kind: "group",
  owner: group,
  seq,
  at: seq,
  raw: `{"seq":${seq}}`,
  ...(ended !== undefined && { ended }),
  ...(endedBefore > 0 && { endedBefore }),
});

/** Time that only the model moves. */
export class ModelClock {
  #now = 0;
  #timers: { at: number; run: () => void }[] = [];

  now = (): number => this.#now;
  after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  };
  /** Things that are still to happen. */
  get waiting(): number {
    return this.#timers.length;
  }
  turn = (run: () => void): void => void this.after(0, run);

  /** Lets so much time pass, and everything happen that is due meanwhile. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled();
    }
    this.#now = end;
  }
}

/** Lets all promises that are due run. */
const settled = (): Promise<void> => new Promise((done) => setImmediate(done));
