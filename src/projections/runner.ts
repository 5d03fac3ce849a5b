import type { Logger } from "pino";
import type { Entry } from "../events/entry.ts";
import { anchorOf } from "../rules/evidence.ts";
import { StreamRules } from "../rules/judge.ts";
import { assertKnown, comparedInTime, comparedStream, prepareTable } from "./begin.ts";
import { Bugs } from "./bugs.ts";
import { Lulls } from "./lulls.ts";
import { Halt } from "./halt.ts";
import { RolledBackError, type Following, type Source } from "../events/source.ts";
import { projectAll } from "./project.ts";
import { Pursuit } from "./pursuit.ts";
import { viewsOf, withSources } from "./registry.ts";
import { reached, type Checkpoint } from "./store/checkpoint.ts";
import { type MovedError, type Table } from "./store/table.ts";
import type { View } from "./view.ts";
import { Waiting } from "./waiting.ts";
import { RETRY_MS, Writing } from "./writing.ts";

/** Entries per transaction: some 10 ms. */
const BATCH_MAX = 1_000;
/** Time that a question waits for its `atLeast`, of the 2 s that it has with all replicas (nats/questions.ts). */
const AT_LEAST_MS = 1_750;

interface Parts {
  readonly source: Source;
  readonly table: Table;
  readonly views: readonly View[];
  /** How far the views are. */
  readonly at: Checkpoint;
  readonly log: Logger;
}

/** Keeps the views of one stream up to date with it. */
export class Runner {
  /** Resolves when all that was there at the start, and is still there, is in the views. */
  readonly ready: Promise<void>;
  /** Rejects when the stream cannot be followed any more; resolves after `stop`. */
  readonly done: Promise<void>;
  /** A place at which the views stand still. */
  readonly halt = new Halt();
  readonly #parts: Parts;
  readonly #waiting = new Waiting();
  readonly #lulls = new Lulls();
  readonly #bugs: Bugs;
  readonly #rules: StreamRules;
  readonly #pursuit: Pursuit;
  readonly #writing: Writing;
  #at: Checkpoint;
  #following: Following | undefined;
  /** A batch that is handed over now is of no use: the views were set back, or this is stopping. */
  #over = false;
  #stopped = false;
  #wake: () => void = () => undefined;
  #beReady: () => void = () => undefined;
  #finish: (pursued: Promise<void>) => void = () => undefined;

  /** Views: those of the stream unless told. `log`: its lines name the stream. @throws Error when the source does not say how far it is. */
  static async start(
    source: Source,
    table: Table,
    log: Logger,
    views = viewsOf(source.name),
  ): Promise<Runner> {
    const stream = await comparedStream(source, table);
    const at = prepareTable(table, stream, views, log);
    const runner = new Runner({ source, table, views, at, log }, stream.last);
    runner.#begin(stream.last);
    return runner;
  }

  private constructor(parts: Parts, last: number) {
    this.#parts = parts;
    this.#at = parts.at;
    this.#pursuit = new Pursuit(last);
    this.#writing = new Writing(parts.log);
    this.#bugs = new Bugs(parts.log);
    this.#rules = new StreamRules(parts.source.rules);
    this.done = new Promise((resolve) => (this.#finish = resolve));
    const reaching = new Promise<void>((resolve) => (this.#beReady = resolve));
    this.ready = Promise.race([reaching, this.done]);
  }

  #begin(last: number): void {
    if (this.applied >= last) this.#beReady();
    else void this.#waiting.until(last).then(() => this.#beReady());
    this.#finish(this.#pursue());
  }

  /** Seq of the newest entry that every view of the stream has. */
  get applied(): number {
    return reached(this.#at);
  }

  /** Have the views all that was there at the start, or before they were set back? Short of it they cannot be asked. */
  get isComplete(): boolean {
    return this.#at.behind === undefined && this.#pursuit.hasAll(this.applied);
  }

  /** Are they complete, keep up with the stream, and can be written? */
  get isCurrent(): boolean {
    return this.isComplete && this.#pursuit.keepsUp && this.trouble === undefined;
  }

  /** The reason why nothing can be written just now; it is tried again and again. */
  get trouble(): string | undefined {
    return this.#writing.trouble;
  }

  /** LMDB's word that the file is damaged: the views have to be built anew. */
  get damage(): string | undefined {
    return this.#writing.damage;
  }

  /** Takes note of an error that was met by reading. */
  noteDamage(error: unknown): void {
    this.#writing.noteDamage(error);
  }

  /** True as soon as the views hold `seq`, false when they do not in time, or within `ms` if that is less. */
  atLeast(seq: number, ms = AT_LEAST_MS): Promise<boolean> {
    if (this.applied >= seq) return Promise.resolve(true);
    const inTime = this.#waiting.until(seq, Math.min(ms, AT_LEAST_MS));
    this.#wake();
    return inTime;
  }

  /** Resolves when the batch in hand is finished. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#over = true;
    this.#wake();
    await this.#following?.stop();
  }

  async #pursue(): Promise<void> {
    do {
      this.#over = false;
      this.#following = this.#parts.source.follow(this.applied, (batch) => this.#take(batch));
      void this.#following.caughtUp.then(() => this.#caughtUp());
      await this.#following.done.catch((error: unknown) => this.#setBack(error));
    } while (!this.#stopped);
  }

  /** The log came back shorter: the views are built of what it has now. */
  async #setBack(error: unknown): Promise<void> {
    if (!(error instanceof RolledBackError) || this.#stopped) throw error;
    const { table, views, log } = this.#parts;
    const stream = await comparedInTime(this.#parts, () => this.#stopped);
    if (stream !== undefined) this.#at = prepareTable(table, stream, views, log);
    if (stream !== undefined) this.#pursuit.again(stream.last);
  }

  /** The stream may end in entries that are gone: nothing more comes, however far its last seq is. */
  async #caughtUp(): Promise<void> {
    const { table } = this.#parts;
    if (this.#at.behind !== undefined)
      await this.#insist(() => (this.#at = table.commit(this.#at, this.#at.seq, () => {})));
    this.#waiting.reached(this.applied);
    this.#pursuit.through(this.applied);
    this.#beReady();
  }

  async #take(batch: readonly Entry[]): Promise<void> {
    assertKnown(this.#parts.source.marks, this.#at.on, batch);
    this.#pursuit.took(batch.length);
    const end = batch.findIndex((entry) => this.#rules.isNewer(entry));
    const known = end < 0 ? batch : batch.slice(0, end);
    for (let rest = known; rest.length > 0 && !this.#over;) {
      const some = await this.halt.next(rest, BATCH_MAX);
      await this.#insist(() => this.#write(some));
      rest = rest.slice(some.length);
    }
    const newer = batch[end];
    if (newer !== undefined) return this.#park(newer);
    if (batch.length < BATCH_MAX && !this.#waiting.any)
      await this.#pause(this.#lulls.after(batch.length));
  }

  /** Nothing behind a newer entry may be folded without it: waits for the end of this process. */
  async #park({ owner, seq }: Entry): Promise<void> {
    this.#writing.trouble = `entry ${seq} is newer than this version`;
    this.#parts.log.error({ owner, seq }, "views stopped: an entry is newer than this version");
    this.#pursuit.through(this.applied);
    this.#beReady();
    while (!this.#over) await this.#pause(RETRY_MS);
  }

  #insist(write: () => void): Promise<void> {
    return this.#writing.insist(write, {
      isOver: () => this.#over,
      moved: (error) => this.#moved(error),
      pause: (ms) => this.#pause(ms),
    });
  }

  #write(entries: readonly Entry[]): void {
    let rest = entries;
    while (rest.length > 0) rest = this.#writeSome(rest);
    this.#waiting.reached(this.applied);
    this.halt.reached(this.applied);
  }

  /** Views that are behind go no further than the others stand, which then go on with what is left. */
  #writeSome(entries: readonly Entry[]): readonly Entry[] {
    const from = this.#at;
    const fresh = entries.filter(({ seq }) => seq > reached(from));
    const last = fresh.at(-1)?.seq;
    if (last === undefined) return [];
    const to = from.behind === undefined ? last : Math.min(last, from.seq);
    const due = fresh.filter(({ seq }) => seq <= to);
    const parts = { views: this.#folding(from), bugs: this.#bugs };
    const on = anchorOf(due, from.on);
    this.#at = this.#bugs.around(() =>
      this.#parts.table.commit(from, to, (rows) => projectAll(rows, due, parts), on),
    );
    return fresh.slice(due.length);
  }

  /** The views that take entries just now, with those whose rows they read. */
  #folding({ behind }: Checkpoint): readonly View[] {
    if (behind === undefined) return this.#parts.views;
    const names = withSources(behind.views, this.#parts.views);
    return this.#parts.views.filter(({ name }) => names.has(name));
  }

  /** Another process has brought the views on, which is as good, or has set them back. */
  #moved({ stored }: MovedError): void {
    this.#parts.log.warn({ from: this.#at, stored }, "views were moved by another process");
    if (stored?.epoch !== this.#at.epoch)
      throw new Error("the views were given to another life of the stream");
    this.#over = reached(stored) < this.applied;
    if (this.#over) this.#pursuit.again(this.applied);
    this.#at = stored;
    this.#waiting.reached(this.applied);
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
