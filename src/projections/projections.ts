import type { Logger } from "pino";
import type { Source } from "../events/source.ts";
import { writeReply, type Query } from "../protocol/internal/query.ts";
import { BrokerClock } from "./clock.ts";
import { Desk } from "./desk.ts";
import { openHouse, type House } from "./house.ts";
import { ACTIVITY } from "./ports.ts";
import { answer } from "./queries.ts";
import type { Runner } from "./runner.ts";
import { dropViews, isDamage } from "./store/store.ts";

/** Between looks at the file: so long, at most, goes unnoticed that it was removed. */
const LOOK_MS = 1_000;

export interface Options {
  /** Every mailbox stream and the activity stream. */
  readonly sources: readonly Source[];
  /** Folder of the views. */
  readonly dir: string;
  /** The stream with a user's mailbox. */
  readonly mailboxOf: (owner: string) => string;
  /** ms since any moment; it never goes back. */
  readonly elapsed: () => number;
  /** A user counts as online for so long after the last human action. */
  readonly onlineMs: number;
  /** Limit of the views' file; 64 GiB unless told. */
  readonly bytesMax?: number;
  /** Begins to take questions, when all is in the views; returns the end of it, for the time in which they are of no use. */
  readonly serve?: () => () => void;
  readonly log: Logger;
}

/**
 * The views of a running process: keeps them up to date and answers questions. Views whose file was
 * removed or is damaged are built anew, and meanwhile questions are answered `unavailable`.
 */
export class Projections {
  readonly #options: Options;
  readonly #clock: BrokerClock;
  readonly #desks = new Map<string, Desk>();
  #looking: NodeJS.Timeout | undefined;
  #house: House | undefined;
  #ruin: string | undefined;
  #mending: Promise<void> | undefined;
  #stopped = false;
  #leave: (() => void) | undefined;
  #beReady: () => void = () => undefined;
  #finish: () => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;
  /** Resolves when everything that was there at the start is in the views. */
  readonly ready: Promise<void>;
  /** Rejects when a stream cannot be followed any more; resolves after `stop`. */
  readonly done: Promise<void>;

  /** @throws Error when the folder cannot be used or a source does not answer. */
  static async start(options: Options): Promise<Projections> {
    const projections = new Projections(options);
    try {
      await projections.#clock.start();
      await projections.#open();
      projections.#looking = setInterval(() => projections.#look(), LOOK_MS);
    } catch (error) {
      await projections.stop();
      throw error;
    }
    return projections;
  }

  private constructor(options: Options) {
    this.#options = options;
    const { sources, elapsed, log } = options;
    const activity = sources.find(({ name }) => name === ACTIVITY) ?? sources[0];
    const time = async (): Promise<number> => (await activity?.time()) ?? 0;
    this.#clock = new BrokerClock(time, elapsed, log);
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    const reached = new Promise<void>((resolve) => (this.#beReady = resolve));
    this.ready = Promise.race([reached, this.done]);
  }

  /** One per followed stream; none while the views cannot be used. */
  get runners(): ReadonlyMap<string, Runner> {
    return this.#house?.runners ?? new Map();
  }

  /** The reason why answers cannot be had, or will soon be old: the health of the views. */
  get trouble(): string | undefined {
    return this.#ruin ?? this.#house?.trouble();
  }

  /** Answers a question: the text of a reply. */
  ask(query: Query): Promise<string> {
    const { mailboxOf } = this.#options;
    return this.#desk(query.view === "lastseen" ? ACTIVITY : mailboxOf(query.owner)).ask(query);
  }

  /** Finishes what is in hand, flushes and closes. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#looking);
    this.#quit();
    this.#clock.stop();
    await this.#mending;
    await this.#house?.close();
    this.#house = undefined;
    this.#finish();
  }

  async #open(): Promise<void> {
    const { sources, log } = this.#options;
    const house = await openHouse(this.#options, sources, log);
    this.#house = house;
    house.ready.then(
      () => {
        // Runners that are ready only because they were stopped are not.
        if (this.#house !== house || house.ruined() !== undefined) return;
        if (this.#ruin !== undefined) log.info("views are back");
        this.#ruin = undefined;
        if (!this.#stopped) this.#leave ??= this.#options.serve?.();
        this.#beReady();
      },
      () => undefined, // `done` says it.
    );
    house.done.catch((error: unknown) => this.#fail(error));
  }

  /** Takes no more questions: another replica does. */
  #quit(): void {
    this.#leave?.();
    this.#leave = undefined;
  }

  #look(): void {
    const ruin = this.#house?.ruined();
    if (ruin === undefined || this.#mending !== undefined) return;
    this.#mending = this.#mend(ruin).finally(() => (this.#mending = undefined));
  }

  /** Builds the views anew beside a file that is of no use. Tries until the folder can be used. */
  async #mend(ruin: string): Promise<void> {
    const { dir, log } = this.#options;
    this.#ruin = `views are built anew: ${ruin}`;
    this.#quit();
    log.error({ dir, ruin }, "views are of no use any more: dropped, they are built anew");
    const house = this.#house;
    this.#house = undefined;
    // A file that has come in its place is somebody's who builds the views anew.
    const isThere = house !== undefined && !house.store.gone;
    await house?.close();
    if (isThere) dropViews(dir);
    while (!this.#stopped) {
      try {
        return await this.#open();
      } catch (error) {
        log.error({ dir, error }, "views cannot be opened: trying again");
        await new Promise((done) => setTimeout(done, LOOK_MS));
      }
    }
  }

  #desk(stream: string): Desk {
    let desk = this.#desks.get(stream);
    if (desk === undefined) {
      const { elapsed, onlineMs } = this.#options;
      desk = new Desk({
        elapsed,
        atLeast: async (seq, ms) => (await this.runners.get(stream)?.atLeast(seq, ms)) ?? true,
        answer: (query) => this.#answer(stream, query, onlineMs),
      });
      this.#desks.set(stream, desk);
    }
    return desk;
  }

  #answer(stream: string, query: Query, onlineMs: number): string {
    if (this.#house === undefined || this.#house.store.gone)
      return writeReply({ error: "unavailable" });
    try {
      const table = this.#house.store.table(stream);
      return writeReply(answer(query, table, { now: this.#clock.now(), onlineMs }));
    } catch (error) {
      if (isDamage(error)) this.#house.runners.get(stream)?.noteDamage(error);
      else this.#options.log.error({ view: query.view, error }, "question not answered");
      return writeReply({ error: "internal" });
    }
  }
}
