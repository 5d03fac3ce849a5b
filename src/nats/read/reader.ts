import type { Logger } from "pino";
import type { Entry } from "../../events/entry.ts";
import { RolledBackError, SucceededError, type Following, type Take } from "../../events/source.ts";
import { reason, type Link } from "../connection.ts";
import { numberOf } from "../subjects.ts";
import type { Topology } from "../topology.ts";
import { Consumer, HEARTBEAT_MS, type Wait } from "./consumer.ts";
import { soonAfter, type Pace } from "./pace.ts";
import { assertReached } from "./reached.ts";

/**
 * Entries asked for ahead of what is being worked on: the bound of the queue, and of one answer. Live entries come into the
 * turn of the loop that has sockets and actors in it, and are parsed there, some 8 µs each, before any turn of
 * `src/actors/turns.ts` begins: so they are fewer (docs/adr/0039).
 */
const CREDIT: Readonly<Record<Pace, number>> = { live: 512, gathering: 2_048 };
const REBUILD_PAUSE_MS = 250;

interface Parts {
  readonly link: Link;
  readonly topology: Topology;
  readonly stream: string;
  readonly pace: Pace;
  readonly log: Logger;
}

/**
 * Follows a stream, whatever happens to consumers and brokers. The library's ordered consumer does not recover while its
 * node is down (docs/adr/0002); this one makes a new consumer behind the last entry seen, so that it has no gap or repeat.
 */
export class Follower implements Following {
  readonly done: Promise<void>;
  readonly caughtUp: Promise<void>;
  readonly #parts: Parts;
  readonly #take: Take;
  readonly #log: Logger;
  #offReconnect: () => void = () => undefined;
  #watchdog: NodeJS.Timeout | undefined;
  /** The last entry seen, and its generation. */
  #seq: number;
  #generation: number;
  #queue: Entry[] = [];
  #taking: Promise<void> | undefined;
  #scheduled = false;
  #soon = soonAfter(0);
  #consumer: Consumer | undefined;
  /** Entries asked for that have not come. */
  #credit = 0;
  /** The last question has brought nothing: the next one waits for an entry. */
  #idle = false;
  #rebuilding = false;
  #stopped = false;
  #fail: (error: unknown) => void = () => undefined;
  #finish: () => void = () => undefined;
  #reach: () => void = () => undefined;

  constructor(parts: Parts, after: number, take: Take) {
    this.#parts = parts;
    const k = numberOf(parts.stream);
    this.#seq = after;
    this.#generation = k === undefined ? 0 : parts.topology.owners.generationAt(k, after);
    this.#take = take;
    this.#log = parts.log.child({ stream: parts.stream });
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    this.caughtUp = new Promise((resolve) => (this.#reach = resolve));
  }

  start(): void {
    this.#offReconnect = this.#parts.link.onReconnect(() => void this.#rebuild("reconnected"));
    this.#watchdog = setInterval(() => this.#watch(), HEARTBEAT_MS);
    void this.#rebuild("start");
  }

  async stop(): Promise<void> {
    // Why it has failed, if it has, `done` has told.
    if (this.#stopped) return this.done.catch(() => undefined);
    this.#end();
    await this.#taking;
    if (this.#parts.link.connected()) {
      await this.#consumer?.remove().catch((error: unknown) => {
        this.#log.debug({ reason: reason(error) }, "consumer was gone already");
      });
    }
    this.#finish();
  }

  /** Hears nothing any more. */
  #end(): void {
    this.#stopped = true;
    clearInterval(this.#watchdog);
    this.#offReconnect();
    this.#consumer?.leave();
    this.#queue = [];
  }

  #watch(): void {
    // Where nothing was asked for, nothing can be missed.
    if (this.#credit === 0 || !this.#parts.link.connected()) return;
    if (this.#consumer?.silent === true) void this.#rebuild("silence");
  }

  /** A new consumer behind the last entry seen. Tries until it works or the reader is stopped. */
  async #rebuild(why: string): Promise<void> {
    if (this.#rebuilding || this.#stopped) return;
    this.#rebuilding = true;
    this.#consumer?.leave();
    this.#credit = 0;
    this.#idle = false;
    for (let failures = 0; !this.#stopped; failures++) {
      try {
        await this.#assertReached();
        await this.#renew();
        break;
      } catch (error) {
        if (error instanceof RolledBackError) {
          this.#end();
          return this.#fail(error);
        }
        if (failures % 20 === 0)
          this.#log.warn({ why, reason: reason(error) }, "cannot read the stream yet");
        await new Promise((done) => setTimeout(done, REBUILD_PAUSE_MS));
      }
    }
    this.#rebuilding = false;
    if (this.#taking === undefined) this.#look();
    this.#handOver();
    this.#ask();
  }

  #assertReached(): Promise<void> {
    const { topology, stream } = this.#parts;
    return assertReached(topology, stream, { seq: this.#seq, generation: this.#generation });
  }

  async #renew(): Promise<void> {
    const { link, topology, stream } = this.#parts;
    const mine = (): boolean => this.#consumer === consumer && !this.#stopped;
    const consumer: Consumer = new Consumer(link, topology, stream, {
      entry: (entry) => {
        if (mine()) this.#entry(entry);
      },
      over: (left) => {
        if (mine()) this.#over(left);
      },
      broken: (why) => {
        if (mine()) void this.#rebuild(why);
      },
    });
    this.#consumer = consumer;
    await consumer.start(this.#seq);
    if (this.#stopped) consumer.leave();
  }

  /** Is everything taken that was there? Counted, since the last seq may be of an entry that is gone. */
  #look(): void {
    if (this.#consumer?.isThrough === true && this.#queue.length === 0) this.#reach();
  }

  /** Asks for more, if pace and queue allow. */
  #ask(): void {
    if (this.#parts.pace === "live") {
      const room = CREDIT.live - this.#credit - this.#queue.length;
      if (room >= CREDIT.live / 2) this.#askFor(room, "what comes");
    } else if (this.#credit + this.#queue.length === 0 && this.#taking === undefined) {
      if (this.#idle) this.#askFor(1, "what comes");
      else this.#askFor(CREDIT.gathering, "what there is");
    }
  }

  #askFor(batch: number, wait: Wait): void {
    if (this.#stopped || this.#rebuilding || !this.#parts.link.connected()) return;
    this.#credit += batch;
    this.#idle = true;
    this.#consumer?.ask(batch, wait);
  }

  /** A question is over; what it had left to bring is given back. */
  #over(left: number | undefined): void {
    this.#credit = this.#parts.pace === "live" ? this.#credit - (left ?? 0) : 0;
    this.#handOver();
    this.#ask();
  }

  #entry(entry: Entry): void {
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
    return this.#parts.pace === "live" || this.#credit === 0;
  }

  async #work(): Promise<void> {
    try {
      while (this.#due) {
        const batch = this.#queue;
        this.#queue = [];
        this.#soon = soonAfter(batch.length);
        // Ahead of the taking: live there is room again, and who is far behind goes at full speed.
        if (this.#parts.pace === "live") this.#ask();
        else if (batch.length >= CREDIT.gathering) this.#askFor(CREDIT.gathering, "what there is");
        await this.#take(batch);
        this.#look();
      }
    } catch (error) {
      // The next entry must not be taken over what was not.
      this.#end();
      this.#fail(error);
      if (error instanceof RolledBackError || error instanceof SucceededError) return;
      this.#log.fatal({ error }, "reader failed");
    }
  }
}
