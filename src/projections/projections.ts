import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Source } from "../events/source.ts";
import type { Query } from "../protocol/internal/query.ts";
import { BrokerClock } from "./clock.ts";
import { Company, type CompanyParts } from "./company.ts";
import type { ComparisonPace } from "./comparison.ts";
import { Comparisons } from "./comparisons.ts";
import { enquire, type Enquired } from "./enquiries.ts";
import { Handouts } from "./handouts.ts";
import { Leftovers } from "./leftovers.ts";
import { ACTIVITY, type Offering, type Serving } from "./ports.ts";
import type { Runner } from "./runner.ts";
import { folderOf } from "./store/store.ts";
import { StreamViews } from "./streamviews.ts";

/** Between turns: so long, at most, goes unnoticed that a file was removed, that views are behind, or who is there. */
const TURN_MS = 1_000;
/** Files that are looked through at a time before they are opened, each in a process of its own. */
const OPENED_AT_ONCE = 4;

export interface Options extends Enquired {
  /** Every mailbox stream and the activity stream. */
  readonly sources: readonly Source[];
  /** Folder of the views: each stream has one of its own in it. */
  readonly dir: string;
  /** ms since any moment; it never goes back. */
  readonly elapsed: () => number;
  /** A user counts as online for so long after the last human action. */
  readonly onlineMs: number;
  /** Limit of the file of each stream; 64 GiB unless told. */
  readonly bytesMax?: number;
  /** Begins to take questions about a stream, when all is in its views. */
  readonly serve?: (stream: string, offering: Offering) => Serving;
  /** The other processes with projections, and this one among them; absent: it is alone. */
  readonly company?: Pick<CompanyParts, "self" | "copies" | "peers">;
  /** Between looks at files and at the others; 1 s unless told. */
  readonly turnMs?: number;
  /** How often rows are compared with those of the others. */
  readonly pace?: ComparisonPace;
  readonly log: Logger;
}

/** The views of a running process, by stream: of all, or of those that are its share. Kept up to date, and asked. */
export class Projections {
  readonly #options: Options;
  readonly #clock: BrokerClock;
  readonly #streams = new Map<string, StreamViews>();
  /** Streams whose views are being begun, or let go of. */
  readonly #moving = new Map<string, Promise<void>>();
  readonly #handouts: Handouts;
  readonly #company: Company | undefined;
  readonly #comparisons: Comparisons | undefined;
  readonly #leftovers: Leftovers;
  #deaf: (() => void) | undefined;
  #looking: NodeJS.Timeout | undefined;
  #stopping = false;
  #finish: () => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;
  /** Rejects when a stream cannot be followed any more; resolves after `stop`. */
  readonly done: Promise<void>;

  /** @throws Error when the folder cannot be used or the broker does not say its time. */
  static async start(options: Options): Promise<Projections> {
    const projections = new Projections(options);
    try {
      projections.#deaf = options.company?.peers.onHandout(projections.#handouts);
      await projections.#clock.start();
      await projections.#company?.meet();
      await projections.#open();
    } catch (error) {
      await projections.stop();
      throw error;
    }
    return projections;
  }

  private constructor(options: Options) {
    this.#options = options;
    const { sources, dir, elapsed, company, turnMs = TURN_MS, log } = options;
    const activity = sources.find(({ name }) => name === ACTIVITY) ?? sources[0];
    const time = async (): Promise<number> => (await activity?.time()) ?? 0;
    this.#clock = new BrokerClock(time, elapsed, log);
    this.#handouts = new Handouts(join(dir, "handouts"), log);
    this.#company = company && new Company({ ...company, turnMs, elapsed, log });
    this.#comparisons = company && this.#comparing(company);
    this.#leftovers = new Leftovers({ dirOf: (stream) => folderOf(dir, stream), elapsed, log });
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    // Nobody may wait for it.
    this.done.catch(() => undefined);
  }

  /** Resolves when everything that was there at the start is in the views. */
  get ready(): Promise<void> {
    return Promise.all([...this.#streams.values()].map(({ ready }) => ready)).then(() => undefined);
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

  /** The number of streams of which another process has other rows. */
  get differing(): number {
    return this.#comparisons?.differing ?? 0;
  }

  /** Are there fewer processes than are to keep each stream? */
  get isShort(): boolean {
    return this.#company?.isShort === true;
  }

  /** Answers a question: the text of a reply. */
  ask(query: Query): Promise<string> {
    return enquire(query, this.#streams, this.#options);
  }

  /** Finishes what is in hand, flushes and closes; before that, others are given the time to take over what only this process can be asked. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#company?.leave();
    clearInterval(this.#looking);
    this.#comparisons?.stop();
    this.#company?.stop();
    this.#clock.stop();
    this.#deaf?.();
    this.#handouts.stop();
    await Promise.all([...this.#streams.values()].map((views) => views.stop()));
    await Promise.all(this.#moving.values());
    this.#finish();
  }

  async #open(): Promise<void> {
    const { sources, turnMs = TURN_MS } = this.#options;
    const due = sources.filter(this.#isDue());
    for (let i = 0; i < due.length; i += OPENED_AT_ONCE)
      await Promise.all(due.slice(i, i + OPENED_AT_ONCE).map((source) => this.#begin(source)));
    this.#looking = setInterval(() => this.#turn(), turnMs);
    this.#turn();
  }

  /** At the start: its share, and whatever it has had before, until others have it. */
  #isDue(): (source: Source) => boolean {
    const { sources, dir } = this.#options;
    const names = sources.map(({ name }) => name);
    const due = new Set(this.#company?.change(names, new Set()).begin ?? names);
    return ({ name }) => due.has(name) || existsSync(folderOf(dir, name));
  }

  #turn(): void {
    for (const views of this.#streams.values()) views.look();
    this.#tell();
    if (this.#stopping) return;
    this.#comparisons?.turn(this.#streams);
    this.#leftovers.turn();
    this.#share();
  }

  #tell(): void {
    const current = [...this.#streams].filter(([, { isCurrent }]) => isCurrent);
    this.#company?.turn(current.map(([name]) => name));
  }

  /** Begins the views that are this process's share by now, some at a time, and lets go of those that others have. */
  #share(): void {
    const { sources, log } = this.#options;
    const kept = new Set([...this.#streams.keys(), ...this.#moving.keys()]);
    const names = sources.map(({ name }) => name);
    const { begin = [], drop = [] } = this.#company?.change(names, kept) ?? {};
    let places = OPENED_AT_ONCE - this.#moving.size;
    for (const source of sources) {
      if (drop.includes(source.name)) this.#move(source.name, () => this.#drop(source.name));
      if (!begin.includes(source.name) || places-- <= 0) continue;
      log.info({ stream: source.name }, "views of a stream are this process's share by now");
      this.#move(source.name, async () => {
        await this.#begin(source);
        await this.#streams.get(source.name)?.ready;
      });
    }
  }

  /** A move that fails is tried again at the next turn. */
  #move(stream: string, work: () => Promise<void>): void {
    if (this.#moving.has(stream)) return;
    const moving = work()
      .catch((error: unknown) =>
        this.#options.log.error({ stream, error }, "views of a stream not moved: trying again"),
      )
      .finally(() => this.#moving.delete(stream));
    this.#moving.set(stream, moving);
  }

  async #begin(source: Source): Promise<void> {
    this.#leftovers.keep(source.name);
    const views = await this.#start(source);
    this.#streams.set(source.name, views);
    if (this.#stopping) await views.stop();
    views.done.catch((error: unknown) => this.#fail(error));
  }

  async #drop(stream: string): Promise<void> {
    const views = this.#streams.get(stream);
    this.#streams.delete(stream);
    this.#tell();
    await views?.stop();
    this.#leftovers.drop(stream);
  }

  #comparing({ self, peers }: Pick<CompanyParts, "self" | "peers">): Comparisons {
    const { dir, elapsed, pace, log } = this.#options;
    return new Comparisons({
      host: self.host,
      peers,
      alike: (stream) => this.#company?.alike(stream) ?? [],
      dirOf: (stream) => folderOf(dir, stream),
      elapsed,
      pace,
      log,
    });
  }

  #start(source: Source): Promise<StreamViews> {
    const { dir, bytesMax, elapsed, onlineMs, serve, company, log } = this.#options;
    return StreamViews.start({
      source,
      dir: folderOf(dir, source.name),
      bytesMax,
      elapsed,
      moment: () => ({ now: this.#clock.now(), onlineMs }),
      serve: serve && ((offering) => serve(source.name, offering)),
      peers: company?.peers,
      handouts: this.#handouts,
      log,
    });
  }
}
