import { join } from "node:path";
import type { Logger } from "pino";
import type { Source } from "../events/source.ts";
import { isOfActivity, writeReply, type Query } from "../protocol/internal/query.ts";
import { BrokerClock } from "./clock.ts";
import { Handouts } from "./handouts.ts";
import { ACTIVITY, type Offering, type OtherReplicas, type Serving } from "./ports.ts";
import type { Runner } from "./runner.ts";
import { folderOf } from "./store/store.ts";
import { StreamViews } from "./streamviews.ts";

/** Between looks at the files: so long, at most, goes unnoticed that one was removed, or that views are behind. */
const LOOK_MS = 1_000;
/** Files that are looked through at a time before they are opened, each in a process of its own. */
const OPENED_AT_ONCE = 4;

export interface Options {
  /** Every mailbox stream and the activity stream. */
  readonly sources: readonly Source[];
  /** Folder of the views: each stream has one of its own in it. */
  readonly dir: string;
  /** The stream with a user's mailbox. */
  readonly mailboxOf: (owner: string) => string;
  /** ms since any moment; it never goes back. */
  readonly elapsed: () => number;
  /** A user counts as online for so long after the last human action. */
  readonly onlineMs: number;
  /** Limit of the file of each stream; 64 GiB unless told. */
  readonly bytesMax?: number;
  /** Begins to take questions about a stream, when all is in its views. */
  readonly serve?: (stream: string, offering: Offering) => Serving;
  /** The other replicas; absent: there are none. */
  readonly peers?: OtherReplicas;
  readonly log: Logger;
}

/** The views of a running process, by stream: kept up to date, and asked. */
export class Projections {
  readonly #options: Options;
  readonly #clock: BrokerClock;
  readonly #streams = new Map<string, StreamViews>();
  readonly #handouts: Handouts;
  #deaf: (() => void) | undefined;
  #looking: NodeJS.Timeout | undefined;

  /** @throws Error when the folder cannot be used or the broker does not say its time. */
  static async start(options: Options): Promise<Projections> {
    const projections = new Projections(options);
    try {
      projections.#deaf = options.peers?.onHandout(projections.#handouts);
      await projections.#clock.start();
      await projections.#open();
    } catch (error) {
      await projections.stop();
      throw error;
    }
    return projections;
  }

  private constructor(options: Options) {
    this.#options = options;
    const { sources, dir, elapsed, log } = options;
    const activity = sources.find(({ name }) => name === ACTIVITY) ?? sources[0];
    const time = async (): Promise<number> => (await activity?.time()) ?? 0;
    this.#clock = new BrokerClock(time, elapsed, log);
    this.#handouts = new Handouts(join(dir, "handouts"), log);
  }

  /** Resolves when everything that was there at the start is in the views. */
  get ready(): Promise<void> {
    return this.#every(({ ready }) => ready);
  }

  /** Rejects when a stream cannot be followed any more; resolves after `stop`. */
  get done(): Promise<void> {
    return this.#every(({ done }) => done);
  }

  /** The runner of each followed stream; none while its views cannot be used. */
  get runners(): ReadonlyMap<string, Runner> {
    return new Map(
      [...this.#streams].flatMap(([name, { runner }]) => (runner ? [[name, runner] as const] : [])),
    );
  }

  /** The reason why answers about some stream cannot be had, or will soon be old: the health of the views. */
  get trouble(): string | undefined {
    for (const { trouble } of this.#streams.values()) if (trouble !== undefined) return trouble;
    return undefined;
  }

  /** Answers a question: the text of a reply. */
  async ask(query: Query): Promise<string> {
    const stream = isOfActivity(query) ? ACTIVITY : this.#options.mailboxOf(query.owner);
    return this.#streams.get(stream)?.ask(query) ?? writeReply({ error: "unavailable" });
  }

  /** Finishes what is in hand, flushes and closes. */
  async stop(): Promise<void> {
    clearInterval(this.#looking);
    this.#clock.stop();
    this.#deaf?.();
    this.#handouts.stop();
    await Promise.all([...this.#streams.values()].map((views) => views.stop()));
  }

  async #open(): Promise<void> {
    const { sources } = this.#options;
    for (let i = 0; i < sources.length; i += OPENED_AT_ONCE)
      await Promise.all(
        sources.slice(i, i + OPENED_AT_ONCE).map(async (source) => {
          this.#streams.set(source.name, await this.#start(source));
        }),
      );
    this.#looking = setInterval(() => {
      for (const views of this.#streams.values()) views.look();
    }, LOOK_MS);
  }

  #start(source: Source): Promise<StreamViews> {
    const { dir, bytesMax, elapsed, onlineMs, serve, peers, log } = this.#options;
    return StreamViews.start({
      source,
      dir: folderOf(dir, source.name),
      bytesMax,
      elapsed,
      moment: () => ({ now: this.#clock.now(), onlineMs }),
      serve: serve && ((offering) => serve(source.name, offering)),
      peers,
      handouts: this.#handouts,
      log,
    });
  }

  #every(of: (views: StreamViews) => Promise<void>): Promise<void> {
    return Promise.all([...this.#streams.values()].map(of)).then(() => undefined);
  }
}
