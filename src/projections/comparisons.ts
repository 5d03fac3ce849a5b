import type { Logger } from "pino";
import { Comparison, type ComparisonPace } from "./comparison.ts";
import { ACTIVITY, type OtherReplicas } from "./ports.ts";
import type { Runner } from "./runner.ts";

/** A difference is known within the hour, or where there are so many rows within 500 times as long as they take to be added up. */
const PACE: ComparisonPace = { everyMs: 3_600_000, share: 1 / 500 };

interface Parts {
  /** The name of this process. */
  readonly host: string;
  readonly peers: OtherReplicas;
  /** The names of the others that are current in a stream, by the same views. */
  readonly alike: (stream: string) => readonly string[];
  /** Folder of the views of a stream. */
  readonly dirOf: (stream: string) => string;
  readonly elapsed: () => number;
  /** Each hour, for a five-hundredth of the time at most, unless told. */
  readonly pace?: ComparisonPace | undefined;
  readonly log: Logger;
}

/** The views of a stream that this process keeps. */
interface Kept {
  readonly kin: string;
  readonly isCurrent: boolean;
  readonly runner: Runner | undefined;
}

/** The comparisons of all streams that this process keeps. One at a time is begun by it. */
export class Comparisons {
  readonly #parts: Parts;
  readonly #all = new Map<string, { readonly one: Comparison; readonly deaf: () => void }>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The number of streams of which another replica has other rows. */
  get differing(): number {
    return [...this.#all.values()].filter(({ one }) => one.differs).length;
  }

  turn(kept: ReadonlyMap<string, Kept>): void {
    for (const stream of this.#all.keys()) if (!kept.has(stream)) this.#end(stream);
    for (const [stream, views] of kept) {
      // Of a user's activity the stream keeps the last entry only: who reads it later has other rows, and is right.
      if (stream === ACTIVITY) continue;
      if (!this.#all.has(stream)) this.#begin(stream, views);
      const isIdle = [...this.#all.values()].every(({ one }) => !one.isBusy);
      this.#all.get(stream)?.one.turn(isIdle);
    }
  }

  stop(): void {
    for (const stream of this.#all.keys()) this.#end(stream);
  }

  #begin(stream: string, views: Kept): void {
    const { peers, alike, dirOf, log, pace = PACE, ...parts } = this.#parts;
    const { kin } = views;
    const one = new Comparison({
      ...parts,
      pace,
      dir: dirOf(stream),
      runner: () => (views.isCurrent ? views.runner : undefined),
      others: () => alike(stream),
      say: (word) => peers.saySum(stream, kin, word),
      log: log.child({ stream }),
    });
    this.#all.set(stream, { one, deaf: peers.onSum(stream, kin, (word) => one.hear(word)) });
  }

  #end(stream: string): void {
    const each = this.#all.get(stream);
    each?.deaf();
    each?.one.stop();
    this.#all.delete(stream);
  }
}
