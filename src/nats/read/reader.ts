import type { ConsumerConfig } from "@nats-io/jetstream";
import { createInbox, type Msg, type Subscription } from "@nats-io/transport-node";
import type { Logger } from "pino";
import type { Entry } from "../../events/entry.ts";
import type { Following, Source, Take } from "../../events/source.ts";
import { reason, type Link } from "../connection.ts";
import { nextSubject, parseAckSubject, parseEntrySubject } from "../subjects.ts";
import type { Topology } from "../topology.ts";

/** Entries asked for ahead of what is being worked on: the bound of the queue. */
const CREDIT = 2_048;
const HEARTBEAT_MS = 1_000;
/** So long without entry or heartbeat, the consumer is taken for dead and made anew. */
const SILENCE_MS = 3 * HEARTBEAT_MS;
const PULL_EXPIRES_MS = 30_000;
/** The broker forgets a consumer nobody pulls from after this. */
const INACTIVE_MS = 15_000;
const REBUILD_PAUSE_MS = 250;

/** 404 and 408 end a pull; anything else from 400 on ends the consumer. */
const endsConsumer = (status: number): boolean => status >= 400 && status !== 404 && status !== 408;

export function source(link: Link, topology: Topology, stream: string, log: Logger): Source {
  return {
    name: stream,
    epoch: topology.epochs.get(stream) ?? "",
    time: async () => timeOf((await topology.jsm.streams.info(stream)).ts),
    last: async () => (await topology.jsm.streams.info(stream)).state.last_seq,
    follow: (after, take) => new Reader({ link, topology, log }, stream, after, take),
  };
}

function timeOf(ts = ""): number {
  const at = Date.parse(ts);
  if (Number.isNaN(at)) throw new Error("the broker does not say what time it is");
  return at;
}

/**
 * An ordered, un-acknowledged pull reader with a watchdog. The library's ordered consumer does not
 * recover while the node that hosts it is down (docs/adr/0002); this one makes a new consumer
 * behind the last entry it has seen, so a gap or a repeat is impossible by construction.
 */
class Reader implements Following {
  readonly done: Promise<void>;
  readonly caughtUp: Promise<void>;
  readonly #link: Link;
  readonly #topology: Topology;
  readonly #stream: string;
  readonly #take: Take;
  readonly #log: Logger;
  readonly #offReconnect: () => void;
  readonly #watchdog: NodeJS.Timeout;
  #seq: number;
  #queue: Entry[] = [];
  #taking: Promise<void> | undefined;
  #scheduled = false;
  #consumer = "";
  #inbox = "";
  #sub: Subscription | undefined;
  #delivered = 0;
  /** Entries that were there when the consumer was made: so many it will deliver first. */
  #owed = Number.POSITIVE_INFINITY;
  #credit = 0;
  #heardAt = 0;
  #generation = 0;
  #rebuilding = false;
  #stopped = false;
  #fail: (error: unknown) => void = () => undefined;
  #finish: () => void = () => undefined;
  #reach: () => void = () => undefined;

  constructor(
    { link, topology, log }: { link: Link; topology: Topology; log: Logger },
    stream: string,
    after: number,
    take: Take,
  ) {
    this.#link = link;
    this.#topology = topology;
    this.#stream = stream;
    this.#seq = after;
    this.#take = take;
    this.#log = log.child({ stream });
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    this.caughtUp = new Promise((resolve) => (this.#reach = resolve));
    this.#offReconnect = link.onReconnect(() => void this.#rebuild("reconnected"));
    this.#watchdog = setInterval(() => this.#watch(), HEARTBEAT_MS);
    void this.#rebuild("start");
  }

  async stop(): Promise<void> {
    // Why it has failed, if it has, `done` has told.
    if (this.#stopped) return this.done.catch(() => undefined);
    this.#end();
    await this.#taking;
    if (this.#link.connected()) {
      await this.#topology.jsm.consumers
        .delete(this.#stream, this.#consumer)
        .catch((error: unknown) => {
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
    this.#sub?.unsubscribe();
    this.#queue = [];
  }

  #watch(): void {
    // Without credit nothing was asked for, so nothing can be missed.
    if (this.#credit === 0 || !this.#link.connected()) return;
    if (performance.now() - this.#heardAt > SILENCE_MS) void this.#rebuild("silence");
  }

  /** A new consumer behind the last entry seen. Tries until it works or the reader is stopped. */
  async #rebuild(why: string): Promise<void> {
    if (this.#rebuilding || this.#stopped) return;
    this.#rebuilding = true;
    this.#sub?.unsubscribe();
    for (let failures = 0; !this.#stopped; failures++) {
      try {
        await this.#create();
        break;
      } catch (error) {
        if (failures % 20 === 0)
          this.#log.warn({ why, reason: reason(error) }, "cannot read the stream yet");
        await new Promise((done) => setTimeout(done, REBUILD_PAUSE_MS));
      }
    }
    this.#rebuilding = false;
  }

  async #create(): Promise<void> {
    const generation = ++this.#generation;
    const inbox = createInbox("_INBOX_posthorn");
    const config: Partial<ConsumerConfig> = {
      name: inbox.slice(inbox.lastIndexOf(".") + 1),
      deliver_policy: "by_start_sequence",
      opt_start_seq: this.#seq + 1,
      ack_policy: "none",
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: INACTIVE_MS * 1e6,
    };
    const info = await this.#topology.jsm.consumers.add(this.#stream, config);
    this.#consumer = info.name;
    if (this.#stopped) return;
    this.#inbox = inbox;
    this.#delivered = 0;
    this.#owed = info.num_pending;
    this.#credit = 0;
    this.#heardAt = performance.now();
    this.#sub = this.#link.nc.subscribe(inbox, {
      callback: (error, msg) => {
        if (generation === this.#generation && !this.#stopped) this.#heard(error, msg);
      },
    });
    if (this.#taking === undefined) this.#look();
    this.#pull();
  }

  /** Is everything taken that was there? Counted, since the last seq may be of an entry that is gone. */
  #look(): void {
    if (this.#delivered >= this.#owed && this.#queue.length === 0) this.#reach();
  }

  #pull(): void {
    const batch = CREDIT - this.#credit - this.#queue.length;
    if (batch < CREDIT / 2 || !this.#link.connected()) return;
    this.#credit += batch;
    const request = { batch, expires: PULL_EXPIRES_MS * 1e6, idle_heartbeat: HEARTBEAT_MS * 1e6 };
    this.#link.nc.publish(nextSubject(this.#stream, this.#consumer), JSON.stringify(request), {
      reply: this.#inbox,
    });
  }

  #heard(error: Error | null, msg: Msg): void {
    this.#heardAt = performance.now();
    const status = msg.headers?.code ?? 0;
    if (status === 100) return;
    if (error !== null || endsConsumer(status)) return void this.#rebuild(`status ${status}`);
    if (status === 0) this.#entry(msg);
    // The pull is over; what it had left to give is given back.
    else this.#credit -= Number(msg.headers?.get("Nats-Pending-Messages") ?? 0);
    this.#pull();
  }

  #entry(msg: Msg): void {
    const { seq, delivery, at } = parseAckSubject(msg.reply ?? "");
    if (delivery !== ++this.#delivered) return void this.#rebuild("gap");
    this.#credit--;
    this.#seq = seq;
    const { kind, owner } = parseEntrySubject(msg.subject);
    this.#queue.push({ kind, owner, seq, at, raw: msg.string() });
    if (this.#scheduled || this.#taking !== undefined) return;
    // All that came in the same read of the socket goes out as one batch.
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.#taking ??= this.#work().finally(() => (this.#taking = undefined));
    });
  }

  async #work(): Promise<void> {
    try {
      while (this.#queue.length > 0 && !this.#stopped) {
        const batch = this.#queue;
        this.#queue = [];
        // There is room again, and perhaps nothing more under way that would ask.
        this.#pull();
        await this.#take(batch);
        this.#look();
      }
    } catch (error) {
      // What comes next must not be taken over what was not.
      this.#end();
      this.#fail(error);
      this.#log.fatal({ reason: reason(error) }, "reader failed");
    }
  }
}
