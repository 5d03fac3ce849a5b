import { RULES } from "../../src/events/since.ts";
import type { Entry } from "../../src/events/entry.ts";
import { generationAt, type Mark } from "../../src/events/position.ts";
import type { Following, Source } from "../../src/events/source.ts";

/** A stream in memory, which a test writes to while it is followed. */
export class MemorySource implements Source {
  readonly name: string;
  epoch = "first";
  rules = RULES;
  readonly entries: Entry[] = [];
  /** Entries handed over at a time. */
  batchMax = 100;
  readonly followed: number[] = [];
  readonly #idle = new Set<() => void>();

  constructor(name = "MAILBOX_0") {
    this.name = name;
  }

  /** Seq of an entry that was stored and is gone, when it was the newest. */
  erased = 0;
  clock = 0;

  async last(): Promise<number> {
    return Math.max(this.erased, this.entries.at(-1)?.seq ?? 0);
  }

  marks: Mark[] = [];
  end = (): Promise<number> => this.last();
  async instantAt(at: number): Promise<string | undefined> {
    return this.entries.find(({ seq }) => seq === at)?.instant;
  }

  async time(): Promise<number> {
    return this.clock;
  }

  store(...entries: Entry[]): void {
    this.entries.push(...entries);
    this.#wake();
  }

  /** Untouched where there are no marks: a test may watch who reads an entry. */
  #marked(entry: Entry): Entry {
    if (this.marks.length === 0) return entry;
    return { generation: generationAt(this.marks, entry.seq), ...entry };
  }

  #wake(): void {
    for (const wake of this.#idle) wake();
    this.#idle.clear();
  }

  follow(after: number, take: (batch: readonly Entry[]) => Promise<void> | void): Following {
    this.followed.push(after);
    const over = new AbortController();
    let seen = after;
    let reach = (): void => undefined;
    const caughtUp = new Promise<void>((resolve) => (reach = resolve));
    const goal = this.entries.at(-1)?.seq ?? 0;
    const work = async (): Promise<void> => {
      while (!over.signal.aborted) {
        if (seen >= goal) reach();
        const batch = this.entries
          .filter(({ seq }) => seq > seen)
          .slice(0, this.batchMax)
          .map((each) => this.#marked(each));
        if (batch.length === 0) await new Promise<void>((done) => this.#idle.add(done));
        else await take(batch);
        seen = batch.at(-1)?.seq ?? seen;
      }
    };
    const done = work();
    return {
      done,
      caughtUp,
      get heard() {
        return seen;
      },
      stop: () => {
        over.abort();
        this.#wake();
        return done.catch(() => undefined);
      },
    };
  }
}
