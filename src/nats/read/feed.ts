import type { Logger } from "pino";
import { RolledBackError } from "../../events/source.ts";
import { reason, type Link } from "../connection.ts";
import type { Topology } from "../topology.ts";
import { Consumer, HEARTBEAT_MS, type Owner, type Wait } from "./consumer.ts";
import { assertReached, type Reached } from "./reached.ts";
import { asking } from "./again.ts";
import { ReplicaWatch } from "./replicawatch.ts";

const REBUILD_PAUSE_MS = 250;
/** Of so many failures in a row one is told: one each 5 s, where each fails at once. */
const TOLD_EACH = 20;
/** Consumers that are made, at a few ms each, until one is elsewhere: the broker places them at random, of three one in three where it was. */
const PLACES_MAX = 8;

/**
 * A consumer is made within this; the next one has twice the time, and so on, up to what a request has. One of several servers that
 * stands still, or that the others do not reach, would keep it waiting.
 */
const MAKE_MS = 1_000;
const MAKE_MAX_MS = 5_000;

export interface FeedParts {
  readonly link: Link;
  readonly topology: Topology;
  readonly stream: string;
  readonly log: Logger;
  /** Between two looks at whether its replica lags; for specs. */
  readonly lookMs?: number;
}

/** The one who is fed. */
export interface Eater extends Pick<Owner, "entry" | "over"> {
  /** The last entry that has come. */
  readonly seen: Reached;
  /** Has it asked for entries that have not come? */
  readonly isOwed: boolean;
  /** Are there entries that it has not taken? */
  readonly isBusy: boolean;
  /** Entries that were asked for will not come. */
  interrupted(): void;
  /** There is a new consumer to ask. */
  renewed(): void;
  /** The log is not the one that was read. */
  failed(error: RolledBackError): void;
}

/**
 * Feeds a reader from one consumer after the other. The library's ordered consumer does not recover while its node is down (docs/adr/0002);
 * here a new one is made behind the last entry seen, so that there is no gap or repeat: on another server, where that of the one before
 * fell silent or lags (docs/adr/0043).
 */
export class Feed {
  readonly #parts: FeedParts;
  readonly #eater: Eater;
  readonly #replica: ReplicaWatch;
  #offReconnect: () => void = () => undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #consumer: Consumer | undefined;
  /** The server that was left last for its silence, or its lag. */
  #shunned: string | undefined;
  #rebuilding = false;
  #stopped = false;
  /** Has the try that is under way end, and another one begin. */
  #again: () => void = () => undefined;

  constructor(parts: FeedParts, eater: Eater) {
    this.#parts = parts;
    this.#eater = eater;
    this.#replica = new ReplicaWatch({
      ...parts,
      reader: () => ({
        seq: eater.seen.seq,
        isWaiting: this.isReady && eater.isOwed && !eater.isBusy,
        isDry: this.#consumer?.isDry ?? false,
      }),
      starved: (end) => this.#starved(end),
    });
  }

  start(): void {
    this.#offReconnect = this.#parts.link.onReconnect(() => {
      // The question for a new consumer was lost with the connection.
      if (this.#rebuilding) this.#again();
      else void this.#rebuild("reconnected");
    });
    this.#watchdog = setInterval(() => this.#watch(), HEARTBEAT_MS);
    this.#replica.start();
    void this.#rebuild("start");
  }

  /** Hears nothing any more. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#watchdog);
    this.#replica.stop();
    this.#offReconnect();
    this.#consumer?.leave();
  }

  /** The broker may forget the last consumer. */
  async tidy(): Promise<void> {
    const { link, log } = this.#parts;
    if (!link.connected()) return;
    await this.#consumer?.remove().catch((error: unknown) => {
      log.debug({ reason: reason(error) }, "consumer was gone already");
    });
  }

  /** Is there a consumer to ask? */
  get isReady(): boolean {
    return !this.#rebuilding && !this.#stopped && this.#parts.link.connected();
  }

  /** Has everything come that was there when the consumer was made? Counted, since the last seq may be of an entry that is gone. */
  get isThrough(): boolean {
    return this.#consumer?.isThrough === true;
  }

  ask(batch: number, wait: Wait): void {
    this.#consumer?.ask(batch, wait);
  }

  #watch(): void {
    // Where nothing was asked for, nothing can be missed.
    if (!this.#eater.isOwed || !this.#parts.link.connected()) return;
    if (this.#consumer?.silent === true) void this.#rebuildElsewhere("silence");
  }

  /** Its replica does not have what the stream has up to `end`. */
  #starved(end: number): void {
    const { log } = this.#parts;
    const at = { server: this.#consumer?.server, seq: this.#eater.seen.seq, end };
    log.warn(at, "replica lags: the stream is read from another server");
    void this.#rebuildElsewhere("replica lags");
  }

  async #rebuildElsewhere(why: string): Promise<void> {
    // A stream with one replica is nowhere else.
    if (this.#parts.topology.replicas > 1) this.#shunned = this.#consumer?.server;
    await this.#rebuild(why);
  }

  /** A new consumer behind the last entry seen. Tries until it works or the reader is stopped. */
  async #rebuild(why: string): Promise<void> {
    if (this.#rebuilding || this.#stopped) return;
    this.#rebuilding = true;
    this.#consumer?.leave();
    this.#eater.interrupted();
    for (let failures = 0; !this.#stopped; failures++) {
      let isOver = false;
      const broken = new Promise<"again">((again) => (this.#again = () => again("again")));
      try {
        if ((await Promise.race([this.#renew(failures, () => isOver), broken])) === "again")
          continue;
        break;
      } catch (error) {
        if (error instanceof RolledBackError) return this.#eater.failed(error);
        if (failures % TOLD_EACH === 0)
          this.#parts.log.warn({ why, reason: reason(error) }, "cannot read the stream yet");
        await new Promise((done) => setTimeout(done, REBUILD_PAUSE_MS));
      } finally {
        isOver = true;
      }
    }
    this.#rebuilding = false;
    this.#eater.renewed();
  }

  /**
   * A new consumer of the log that was read, if that can be had on another server than the one that is shunned. `isOver`: another try has begun
   * in the place of this one.
   */
  async #renew(failures: number, isOver: () => boolean): Promise<void> {
    const { topology, stream } = this.#parts;
    const least = topology.replicas > 1 ? MAKE_MS : MAKE_MAX_MS;
    const withinMs = Math.min(MAKE_MAX_MS, least * 2 ** failures);
    await asking(() => assertReached(topology, stream, this.#eater.seen));
    for (let left = PLACES_MAX; left > 0 && !isOver(); left--) {
      const consumer = await this.#make(withinMs);
      if (this.#stopped || isOver()) return consumer.leave();
      if (left === 1 || consumer.server === undefined || consumer.server !== this.#shunned) return;
      consumer.leave();
      await consumer.remove();
    }
  }

  async #make(withinMs: number): Promise<Consumer> {
    const { link, topology, stream } = this.#parts;
    const mine = (): boolean => this.#consumer === consumer && !this.#stopped;
    const consumer: Consumer = new Consumer(link, topology, stream, {
      entry: (entry) => {
        if (mine()) this.#eater.entry(entry);
      },
      over: (left) => {
        if (mine()) this.#eater.over(left);
      },
      broken: (why, bug) => {
        if (bug !== undefined)
          this.#parts.log.error({ why, error: bug }, "stream's word not taken");
        if (mine()) void this.#rebuild(why);
      },
    });
    this.#consumer = consumer;
    await consumer.start(this.#eater.seen.seq, withinMs);
    return consumer;
  }
}
