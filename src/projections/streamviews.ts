import type { Logger } from "pino";
import { seqWithin } from "../events/position.ts";
import type { Source } from "../events/source.ts";
import { isOfGroup, writeReply, type Query, type ViewReply } from "../protocol/internal/query.ts";
import { adopted } from "./adopt.ts";
import { Desk } from "./desk.ts";
import type { Handouts } from "./handouts.ts";
import { openHouse, type House } from "./house.ts";
import { isPart, type Unwritten } from "./joined.ts";
import { kinOf } from "./kin.ts";
import type { Offering, OtherReplicas, Serving } from "./ports.ts";
import { Outage } from "../outage.ts";
import { answer } from "./queries.ts";
import { viewsOf } from "./registry.ts";
import type { Runner } from "./runner.ts";
import { dropViews, isDamage, ViewStore } from "./store/store.ts";
import type { Moment } from "./view.ts";
import type { OwnChats } from "./views/chats.ts";

/** Between two tries to open a file. */
const AGAIN_MS = 1_000;

interface Parts {
  readonly source: Source;
  /** Folder of the views of this stream. */
  readonly dir: string;
  /** Limit of the file; 64 GiB unless told. */
  readonly bytesMax?: number | undefined;
  readonly moment: () => Moment;
  /** ms since any moment; it never goes back. */
  readonly elapsed: () => number;
  /** Begins to take questions, and to hand files out. */
  readonly serve?: ((offering: Offering) => Serving) | undefined;
  readonly peers?: OtherReplicas | undefined;
  /** Copies for peers. */
  readonly handouts: Handouts;
  readonly log: Logger;
}

/**
 * The views of one stream, in a file of their own: kept up to date, and asked. A file that was removed or is damaged is built anew,
 * and whatever becomes of it is no trouble of another stream's.
 */
export class StreamViews {
  readonly #parts: Parts;
  readonly #desk: Desk<string | Unwritten>;
  #house: House | undefined;
  /** The reason why the views are built anew. */
  #ruin: string | undefined;
  /** They are being opened, or mended. */
  #busy: Promise<void> | undefined;
  #serving: Serving | undefined;
  readonly #ending = new AbortController();
  #beReady: () => void = () => undefined;
  #finish: () => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;
  /** Resolves when everything that was there at the start is in the views. */
  readonly ready: Promise<void>;
  /** Rejects when the stream cannot be followed any more; resolves after `stop`. */
  readonly done: Promise<void>;

  /** @throws Error when the folder cannot be used. */
  static async start(parts: Parts): Promise<StreamViews> {
    const { source, log } = parts;
    const views = new StreamViews({ ...parts, log: log.child({ stream: source.name }) });
    views.#occupy(views.#open(await ViewStore.open(views.#parts)));
    return views;
  }

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#desk = new Desk({
      elapsed: parts.elapsed,
      atLeast: async (seq, ms) => (await this.runner?.atLeast(seq, ms)) ?? true,
      answer: (query) => this.#answer(query),
      refusal: (error) => writeReply({ error }),
    });
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    const reached = new Promise<void>((resolve) => (this.#beReady = resolve));
    this.ready = Promise.race([reached, this.done]);
  }

  /** Undefined while the views cannot be used. */
  get runner(): Runner | undefined {
    return this.#house?.runner;
  }

  /** The name of all that must be alike for the rows of two replicas to be. */
  get kin(): string {
    const { source } = this.#parts;
    return kinOf(source.epoch, viewsOf(source.name));
  }

  /** Are questions taken, by views that have all and keep up? */
  get isCurrent(): boolean {
    return this.#serving !== undefined && this.runner?.isCurrent === true;
  }

  /** The reason why answers cannot be had, or will soon be old. */
  get trouble(): string | undefined {
    return this.#ruin ?? this.runner?.trouble;
  }

  /** Answers a question: the text of a reply; of a list of chats with groups, or for one, what this stream has of it. */
  ask(query: Query): Promise<string | Unwritten> {
    if (!isOfGroup(query)) return this.#desk.ask(query);
    return this.#desk.ask({
      ...query,
      atLeast: seqWithin(this.#parts.source.marks, query.atLeast),
    });
  }

  /** Looks at the file, and whether the views are current. To be called now and then: so long goes unnoticed what has become of them. */
  look(): void {
    const ruin = this.#house?.ruined();
    if (ruin === undefined) this.#serving?.beCurrent(this.runner?.isCurrent === true);
    else if (this.#busy === undefined) this.#occupy(this.#mend(ruin));
  }

  /** Finishes what is in hand, flushes and closes. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#quit();
    await this.#busy;
    await this.#house?.close();
    this.#house = undefined;
    this.#finish();
  }

  /** Until the work is done no other is begun. An error that was not tried again ends the following. */
  #occupy(work: Promise<void>): void {
    this.#busy = work
      .catch((error: unknown) => this.#fail(error))
      .finally(() => (this.#busy = undefined));
  }

  /** Follows the stream into its views. Tries until the folder can be used and the source answers. `drop`: the file that lies there goes first. */
  async #open(opened?: ViewStore, drop = false): Promise<void> {
    const { source, dir, peers, log } = this.#parts;
    const outage = new Outage();
    let isDue = drop;
    for (let store = opened; !this.#ending.signal.aborted; store = undefined) {
      try {
        if (isDue) dropViews(dir);
        isDue = false;
        store ??= await ViewStore.open(this.#parts);
        if (peers !== undefined)
          store = await adopted(store, { ...this.#parts, peers, signal: this.#ending.signal });
        this.#enter(await openHouse(store, source, log));
        if (outage.over()) log.info("views are opened again");
        return;
      } catch (error) {
        await store?.close({ last: false });
        const more = outage.failed();
        if (more) log.error({ error, ...more }, "views cannot be opened: trying again");
        await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    }
  }

  #enter(house: House): void {
    this.#house = house;
    house.runner.ready.then(
      () => {
        // A runner that is ready only because it was stopped is not.
        if (this.#house !== house || house.ruined() !== undefined) return;
        if (this.#ruin !== undefined) this.#parts.log.info("views are back");
        this.#ruin = undefined;
        if (!this.#ending.signal.aborted) this.#serving ??= this.#parts.serve?.(this.#offering);
        this.look();
        this.#beReady();
      },
      () => undefined, // `done` says it.
    );
    house.runner.done.catch((error: unknown) => this.#fail(error));
  }

  get #offering(): Offering {
    const { handouts } = this.#parts;
    return {
      kin: this.kin,
      begin: (handout) => this.#house !== undefined && handouts.begin(handout, this.#house.store),
    };
  }

  /** Takes no more questions: another replica does. */
  #quit(): void {
    this.#serving?.end();
    this.#serving = undefined;
  }

  /** Builds the views anew beside a file that is of no use. */
  async #mend(ruin: string): Promise<void> {
    const { dir, log } = this.#parts;
    this.#ruin = `views are built anew: ${ruin}`;
    this.#quit();
    log.error({ dir, ruin }, "views are of no use any more: dropped, they are built anew");
    const house = this.#house;
    this.#house = undefined;
    // A file that has come in its place is somebody's who builds the views anew.
    const isThere = house !== undefined && !house.store.gone;
    await house?.close();
    await this.#open(undefined, isThere);
  }

  #answer(query: Query): string | Unwritten {
    const house = this.#house;
    if (house === undefined || house.store.gone) return writeReply({ error: "unavailable" });
    const { applied, isComplete } = house.runner;
    if (!isComplete) return writeReply({ error: "view.behind" });
    // Another process may have set the views back, which the runner meets at its next commit.
    const asked = { ...query, atLeast: Math.max(query.atLeast, applied) };
    try {
      return reply(answer(asked, house.store.table, this.#parts.moment()), query);
    } catch (error) {
      if (isDamage(error)) house.runner.noteDamage(error);
      else this.#parts.log.error({ view: query.view, error }, "question not answered");
      return writeReply({ error: "internal" });
    }
  }
}

/** As text, so that it is written within the asker's turn; what others have to add to cannot be. */
function reply(said: ViewReply, query: Query): string | Unwritten {
  if ("error" in said) return writeReply(said);
  const isUnjoined = query.view === "chats" && (said.result as OwnChats).stays !== undefined;
  return isUnjoined || isPart(query) ? said : writeReply(said);
}
