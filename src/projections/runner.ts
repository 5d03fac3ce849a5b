import type { Logger } from "pino";
import type { Entry } from "../events/entry.ts";
import { take } from "./deadletters.ts";
import type { Following, Source } from "../events/source.ts";
import { MovedError, type Checkpoint, type Table } from "./store/table.ts";
import { Waiting } from "./waiting.ts";

/** Entries per transaction: some 10 ms. */
const BATCH_MAX = 1_000;
/**
 * Between small transactions, so that entries gather: one costs as much as five entries. A question
 * that wants to see more cuts it short, any other gets an answer that old (docs/adr/0003).
 */
const GATHER_MS = 50;
/** After a transaction that failed, as on a full disk. */
const RETRY_MS = 1_000;
/** How long a question waits for its `atLeast`. */
const AT_LEAST_MS = 2_000;

/** Keeps the views of one stream up to date with it. */
export class Runner {
  /** Resolves when all that was stored at the start is in the views. */
  readonly ready: Promise<void>;
  /** Rejects when the stream cannot be followed any more; resolves after `stop`. */
  readonly done: Promise<void>;
  readonly #source: Source;
  readonly #table: Table;
  readonly #log: Logger;
  readonly #waiting = new Waiting();
  #at: Checkpoint;
  #following: Following | undefined;
  #trouble: string | undefined;
  /** What is handed over now is of no use: the views were set back, or this is stopping. */
  #over = false;
  #stopped = false;
  #wake: () => void = () => undefined;

  /** @throws Error when the source does not say how far it is. */
  static async start(source: Source, table: Table, log: Logger): Promise<Runner> {
    return new Runner(source, table, await source.last(), log);
  }

  private constructor(source: Source, table: Table, goal: number, log: Logger) {
    this.#source = source;
    this.#table = table;
    this.#log = log.child({ stream: source.name });
    this.#at = this.#begin(goal);
    const caughtUp = this.#at.seq >= goal || this.#waiting.until(goal);
    this.done = this.#pursue();
    this.ready = Promise.race([caughtUp, this.done]).then(() => undefined);
  }

  /** Seq of the newest entry in the views. */
  get applied(): number {
    return this.#at.seq;
  }

  /** Why nothing can be written just now; it is tried again and again. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Entries that the views do not have yet. */
  async lag(): Promise<number> {
    return Math.max(0, (await this.#source.last()) - this.#at.seq);
  }

  /** True as soon as the views hold `seq`, false when they do not within 2 s. */
  atLeast(seq: number): Promise<boolean> {
    if (this.#at.seq >= seq) return Promise.resolve(true);
    const reached = this.#waiting.until(seq, AT_LEAST_MS);
    this.#wake();
    return reached;
  }

  /** Resolves when the batch in hand is finished. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#over = true;
    this.#wake();
    await this.#following?.stop();
  }
  /** Where to go on from. Views of another life of the stream, or ahead of it, are dropped. */
  #begin(last: number): Checkpoint {
    const stored = this.#table.checkpoint();
    const { epoch } = this.#source;
    if (stored?.epoch === epoch && stored.seq <= last) return stored;
    if (stored === undefined) this.#log.info({ epoch, last }, "views are built from the beginning");
    else this.#log.warn({ stored, epoch, last }, "views are not of this stream: built anew");
    return this.#table.reset(epoch);
  }

  async #pursue(): Promise<void> {
    do {
      this.#over = false;
      this.#following = this.#source.follow(this.#at.seq, (batch) => this.#take(batch));
      await this.#following.done;
    } while (!this.#stopped);
  }

  async #take(batch: readonly Entry[]): Promise<void> {
    for (let i = 0; i < batch.length && !this.#over; i += BATCH_MAX)
      await this.#insist(batch.slice(i, i + BATCH_MAX));
    if (batch.length < BATCH_MAX && !this.#waiting.any) await this.#pause(GATHER_MS);
  }

  /** Writes, until it works. Sockets get their turn before the next. */
  async #insist(entries: readonly Entry[]): Promise<void> {
    while (!this.#over) {
      try {
        this.#write(entries);
        this.#trouble = undefined;
        return await new Promise((done) => setImmediate(done));
      } catch (error) {
        if (error instanceof MovedError) this.#moved(error);
        else {
          this.#trouble = error instanceof Error ? error.message : String(error);
          this.#log.error({ reason: this.#trouble }, "views cannot be written: trying again");
          await this.#pause(RETRY_MS);
        }
      }
    }
  }

  #write(entries: readonly Entry[]): void {
    const fresh = entries.filter(({ seq }) => seq > this.#at.seq);
    const seq = fresh.at(-1)?.seq;
    if (seq === undefined) return;
    this.#table.commit(this.#at, seq, (rows) => {
      for (const entry of fresh) take(rows, entry, this.#log);
    });
    this.#at = { ...this.#at, seq };
    this.#waiting.reached(seq);
  }

  /** Another process has brought the views on, which is as good, or has set them back. */
  #moved({ stored }: MovedError): void {
    this.#log.warn({ from: this.#at, stored }, "views were moved by another process");
    if (stored?.epoch !== this.#at.epoch)
      throw new Error("the views were given to another life of the stream");
    this.#over = stored.seq < this.#at.seq;
    this.#at = stored;
    this.#waiting.reached(stored.seq);
    if (this.#over) void this.#following?.stop();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.#wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}
