import type { Logger } from "pino";
import type { Entry } from "../../events/entry.ts";
import { RolledBackError, SucceededError, type Following, type Take } from "../../events/source.ts";
import { numberOf } from "../subjects.ts";
import type { Wait } from "./consumer.ts";
import { Feed, type Eater, type FeedParts } from "./feed.ts";
import { soonAfter, type Pace } from "./pace.ts";
import type { Reached } from "./reached.ts";

/**
 * Entries that a live follower has asked for ahead of what is being worked on: four times what its last batch had, within these bounds. They come into the
 * turn of the loop that has sockets and actors in it, and are parsed there, some 8 µs each and ten times as long by code that has not
 * run yet, before any turn of `src/actors/turns.ts` begins: so a burst begins with few (docs/adr/0039).
 */
const LIVE = { least: 64, most: 256 };
/** The same of one that gathers, and the bound of one answer. */
const GATHERING = 2_048;

interface Parts extends FeedParts {
  readonly pace: Pace;
}

/** Follows a stream, whatever happens to consumers and brokers, at a pace: asks for entries, and hands them over in batches. */
export class Follower implements Following, Eater {
  readonly done: Promise<void>;
  readonly caughtUp: Promise<void>;
  readonly #pace: Pace;
  readonly #feed: Feed;
  readonly #take: Take;
  readonly #log: Logger;
  /** The last entry seen, and its generation. */
  #seq: number;
  #generation: number;
  #queue: Entry[] = [];
  #taking: Promise<void> | undefined;
  #scheduled = false;
  #soon = soonAfter(0);
  /** Entries asked for that have not come. */
  #credit = 0;
  /** So many a live one asks for, those in the queue among them. */
  #ahead = LIVE.least;
  /** The last question has brought nothing: the next one waits for an entry. */
  #idle = false;
  #stopped = false;
  #fail: (error: unknown) => void = () => undefined;
  #finish: () => void = () => undefined;
  #reach: () => void = () => undefined;

  constructor(parts: Parts, after: number, take: Take) {
    this.#pace = parts.pace;
    const k = numberOf(parts.stream);
    this.#seq = after;
    this.#generation = k === undefined ? 0 : parts.topology.owners.generationAt(k, after);
    this.#take = take;
    this.#log = parts.log.child({ stream: parts.stream });
    this.#feed = new Feed({ ...parts, log: this.#log }, this);
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    this.caughtUp = new Promise((resolve) => (this.#reach = resolve));
  }

  start(): void {
    this.#feed.start();
  }

  async stop(): Promise<void> {
    // Why it has failed, if it has, `done` has told.
    if (this.#stopped) return this.done.catch(() => undefined);
    this.#end();
    await this.#taking;
    await this.#feed.tidy();
    this.#finish();
  }

  /** Hears nothing any more. */
  #end(): void {
    this.#stopped = true;
    this.#feed.stop();
    this.#queue = [];
  }

  get heard(): number | undefined {
    return this.#feed.isReady ? this.#seq : undefined;
  }

  get seen(): Reached {
    return { seq: this.#seq, generation: this.#generation };
  }

  get isOwed(): boolean {
    return this.#credit > 0;
  }

  get isBusy(): boolean {
    return this.#taking !== undefined || this.#queue.length > 0;
  }

  interrupted(): void {
    this.#credit = 0;
    this.#idle = false;
  }

  renewed(): void {
    if (this.#taking === undefined) this.#look();
    this.#handOver();
    this.#ask();
  }

  failed(error: RolledBackError): void {
    this.#end();
    this.#fail(error);
  }

  /** Is everything taken that was there? */
  #look(): void {
    if (this.#feed.isThrough && this.#queue.length === 0) this.#reach();
  }

  /** Asks for more, if pace and queue allow. */
  #ask(): void {
    if (this.#pace === "live") {
      const room = this.#ahead - this.#credit - this.#queue.length;
      if (room >= this.#ahead / 2) this.#askFor(room, "what comes");
    } else if (this.#credit + this.#queue.length === 0 && this.#taking === undefined) {
      if (this.#idle) this.#askFor(1, "what comes");
      else this.#askFor(GATHERING, "what there is");
    }
  }

  #askFor(batch: number, wait: Wait): void {
    if (!this.#feed.isReady) return;
    this.#credit += batch;
    this.#idle = true;
    this.#feed.ask(batch, wait);
  }

  /** A question is over; what it had left to bring is given back. */
  over(left: number | undefined): void {
    this.#credit = this.#pace === "live" ? this.#credit - (left ?? 0) : 0;
    this.#handOver();
    this.#ask();
  }

  entry(entry: Entry): void {
    this.#credit--;
    this.#seq = entry.seq;
    this.#generation = entry.generation ?? 0;
    this.#idle = false;
    this.#queue.push(entry);
    this.#handOver();
  }

  /** All that came in the same read of the socket, or in the same turn of the loop, goes out as one batch. */
  #handOver(): void {
    if (this.#scheduled || this.#taking !== undefined || !this.#due) return;
    this.#scheduled = true;
    this.#soon(() => {
      this.#scheduled = false;
      this.#taking ??= this.#work().finally(() => {
        this.#taking = undefined;
        this.#ask();
      });
    });
  }

  /** Is there a batch to hand over? One that gathers is whole when its question is over. */
  get #due(): boolean {
    if (this.#stopped || this.#queue.length === 0) return false;
    return this.#pace === "live" || this.#credit === 0;
  }

  async #work(): Promise<void> {
    try {
      while (this.#due) {
        const batch = this.#queue;
        this.#queue = [];
        this.#soon = soonAfter(batch.length);
        this.#ahead = Math.min(LIVE.most, Math.max(LIVE.least, 4 * batch.length));
        // Ahead of the taking: live there is room again, and who is far behind goes at full speed.
        if (this.#pace === "live") this.#ask();
        else if (batch.length >= GATHERING) this.#askFor(GATHERING, "what there is");
        await this.#take(batch);
        this.#look();
      }
    } catch (error) {
      // A batch that was in hand at the stop is nobody's any more.
      if (this.#stopped) return;
      // The next entry must not be taken over what was not.
      this.#end();
      this.#fail(error);
      if (error instanceof RolledBackError || error instanceof SucceededError) return;
      this.#log.fatal({ error }, "reader failed");
    }
  }
}
