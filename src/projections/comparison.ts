import type { Logger } from "pino";
import type { SumWord } from "../protocol/internal/sums.ts";
import type { Runner } from "./runner.ts";
import { sumOf, type Sum } from "./summing.ts";

/** The first comparison, and the next one where rows differ or nobody had the same place, comes in this part of the time. */
const SOON_PART = 60;
/** A place that another names sooner behind the last comparison than this part of the time between two of its own is not gone to: it would take the machine, and a line of the log, without end. */
const APART_PART = 2 * SOON_PART;
/** The place at which views are compared lies so many turns ahead, so that each replica hears of it before it is there. */
const AHEAD_TURNS = 3;
/** A place that is not reached in so many turns is given up. */
const WAIT_TURNS = 30;

/** How often rows are compared. */
export interface ComparisonPace {
  /** Between two comparisons that find nothing. */
  readonly everyMs: number;
  /** Rows are added up in this part of the time at most, however many there are. */
  readonly share: number;
}

export interface ComparisonParts {
  /** The name of this process. */
  readonly host: string;
  /** Folder of the views of the stream. */
  readonly dir: string;
  /** The runner of the views; undefined: they are not current. */
  readonly runner: () => Runner | undefined;
  /** The names of the other processes that are current, and have the same views. */
  readonly others: () => readonly string[];
  readonly say: (word: SumWord) => void;
  /** ms since any moment; it never goes back. */
  readonly elapsed: () => number;
  readonly pace: ComparisonPace;
  readonly log: Logger;
}

/** The rows of one stream's views, held against those of other replicas at the same seq, now and then (docs/adr/0053). */
export class Comparison {
  readonly #parts: ComparisonParts;
  /** The last sum of each process, this one too. */
  readonly #sums = new Map<string, Sum & { readonly at: number }>();
  readonly #differing = new Set<string>();
  /** The peers whose sums were held against this process's own of the last comparison: the first of each counts. */
  readonly #judged = new Set<string>();
  #endedAt = Number.NEGATIVE_INFINITY;
  readonly #ending = new AbortController();
  /** The views that are to stand still, or whose rows are added up. */
  #halted: Runner | undefined;
  #isAdding = false;
  #turns = 0;
  #tookMs = 0;
  #applied = 0;
  #dueAt: number | undefined;

  constructor(parts: ComparisonParts) {
    this.#parts = parts;
  }

  /** Has another replica other rows? */
  get differs(): boolean {
    return this.#differing.size > 0;
  }

  /** Are rows added up just now, or about to be? */
  get isBusy(): boolean {
    return this.#halted !== undefined;
  }

  /** Names a place when it is time, if `mayBegin`: the first by name of those that are current does. */
  turn(mayBegin: boolean): void {
    const { host, runner, others, say } = this.#parts;
    const [own, names] = [runner(), others()];
    this.#forget(names);
    this.#wait();
    if (own === undefined || names.length === 0) return void (this.#dueAt = undefined);
    const more = own.applied - this.#applied;
    this.#applied = own.applied;
    if (this.#dueAt === undefined) this.#rest(false);
    const isMine = names.every((name) => host < name);
    if (!mayBegin || !isMine || !this.#isDue) return;
    const at = own.applied + AHEAD_TURNS * more;
    say({ host, at });
    this.#compareAt(at);
  }

  /** Hears another replica of the same kin. */
  hear({ host, at, has }: SumWord): void {
    if (host === this.#parts.host || !this.#parts.others().includes(host)) return;
    if (has === undefined) return this.#isApart ? this.#compareAt(at) : undefined;
    this.#sums.set(host, { at, ...has });
    this.#judge();
  }

  stop(): void {
    this.#ending.abort();
  }

  get #isApart(): boolean {
    const { elapsed, pace } = this.#parts;
    return elapsed() - this.#endedAt >= pace.everyMs / APART_PART;
  }

  get #isDue(): boolean {
    return !this.isBusy && this.#dueAt !== undefined && this.#parts.elapsed() >= this.#dueAt;
  }

  /** Those that are not current any more, and any that only a forged word has named, are not remembered. */
  #forget(names: readonly string[]): void {
    const isGone = (name: string): boolean => name !== this.#parts.host && !names.includes(name);
    for (const name of this.#differing) if (isGone(name)) this.#differing.delete(name);
    for (const name of this.#sums.keys()) if (isGone(name)) this.#sums.delete(name);
  }

  /** A place that the stream does not come to is given up, whoever is there by then. */
  #wait(): void {
    if (!this.isBusy || this.#isAdding || ++this.#turns <= WAIT_TURNS) return;
    this.#halted?.halt.cancel();
    this.#halted = undefined;
    this.#rest(false);
  }

  #compareAt(at: number): void {
    const runner = this.#parts.runner();
    if (runner === undefined || this.isBusy) return;
    this.#turns = 0;
    this.#halted = runner;
    if (!runner.halt.at(at, runner.applied, () => this.#add(at, runner.applied)))
      this.#halted = undefined;
  }

  /** Resolves when the views may be written again. */
  #add(at: number, applied: number): Promise<void> {
    const { host, dir, elapsed, say, log } = this.#parts;
    this.#isAdding = true;
    const since = elapsed();
    const { stands, sum } = sumOf(dir, applied, this.#ending.signal);
    sum
      .then((has) => {
        if (has === undefined) return;
        this.#judged.clear();
        this.#sums.set(host, { at, ...has });
        say({ host, at, has });
      })
      .catch((error: unknown) => {
        if (!this.#ending.signal.aborted) log.warn({ error }, "rows of the views not added up");
      })
      .finally(() => {
        this.#halted = undefined;
        this.#isAdding = false;
        this.#endedAt = elapsed();
        this.#tookMs = this.#endedAt - since;
        this.#rest(false);
        this.#judge();
      });
    return stands;
  }

  /** Until the next comparison: soon, unless this one finds that all is well. */
  #rest(isWell: boolean): void {
    const { elapsed, pace } = this.#parts;
    const ms = isWell ? pace.everyMs : pace.everyMs / SOON_PART;
    this.#dueAt = elapsed() + Math.max(ms, this.#tookMs / pace.share);
  }

  #judge(): void {
    const { host, log } = this.#parts;
    const own = this.#sums.get(host);
    if (own === undefined) return;
    for (const [peer, { at, rows, sum }] of this.#sums) {
      if (peer === host || at !== own.at) continue;
      this.#sums.delete(peer);
      if (this.#judged.has(peer)) continue;
      this.#judged.add(peer);
      if (sum !== own.sum) this.#noteDifference(peer, { at, rows: own.rows, peersRows: rows });
      else if (this.#differing.delete(peer))
        log.info({ peer, seq: at }, "views are those of the peer again");
      if (!this.differs) this.#rest(true);
    }
  }

  #noteDifference(peer: string, where: { at: number; rows: number; peersRows: number }): void {
    if (this.#differing.has(peer)) return;
    this.#differing.add(peer);
    this.#parts.log.error({ peer, ...where }, "views differ from those of a peer");
  }
}
