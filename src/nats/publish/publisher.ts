import { randomBytes } from "node:crypto";
import { createInbox, type Msg } from "@nats-io/transport-node";
import type { Logger } from "pino";
import { reason, type Link } from "../connection.ts";
import { seqIn } from "./gathering.ts";
import { Outlet } from "./outlet.ts";
import { RefusedError, seqOf, UnavailableError, type Publication } from "./publication.ts";
import type { Flight, Pending, Queue } from "./queue.ts";
import { GIVE_UP_MS, Queues, type TogetherAt } from "./queues.ts";

/** How many publishes may be unanswered at once; more wait their turn. */
const WINDOW = 1024;
/** How many may wait behind the window: beyond it the caller is refused at once. */
const WAITING_MAX = 50_000;
/** Unanswered for so long, a publish is repeated with the same id. */
const ACK_WAIT_MS = 2_000;
const SWEEP_MS = 250;
/** Unanswered for so long, the process says that it is not ready. */
const STUCK_MS = 5_000;
/** Time that the last ones may take at the end, while the broker is there. */
const SETTLE_MS = 5_000;

/** Some publications that went out as one, and are answered as one. */
interface Batch {
  readonly queue: Queue;
  /** Of its publications, each of which may have to go alone. */
  readonly tokens: readonly string[];
  readonly resendAt: number;
}

/**
 * Publishes and waits for the broker's acknowledgement, five times cheaper than `js.publish`: one
 * reply inbox, no timer and no error object per message (docs/adr/0002).
 * Nothing is lost in an outage: what was not acknowledged is sent again, with the same id. A batch
 * that is not stored as a whole is taken apart, and each of it goes on alone (docs/adr/0023).
 */
export class Publisher {
  readonly #link: Link;
  readonly #log: Logger;
  readonly #outlet: Outlet;
  readonly #queues: Queues;
  readonly #inbox = createInbox("_INBOX_posthorn");
  /** Begins the names of its batches. */
  readonly #nonce = randomBytes(6).toString("base64url");
  readonly #pending = new Map<string, Pending>();
  /** By the token of the answer to the whole. */
  readonly #batches = new Map<string, Batch>();
  readonly #offs: (() => void)[] = [];
  #tokens = 0;
  #gathering = false;
  /** When something was stored last. */
  #storedAt = 0;

  /** Without `togetherAt` each publication goes alone. */
  constructor(link: Link, log: Logger, togetherAt: TogetherAt = () => undefined) {
    this.#link = link;
    this.#log = log;
    this.#outlet = new Outlet(link.nc);
    this.#queues = new Queues(togetherAt);
  }

  start(): void {
    const answers = this.#link.nc.subscribe(`${this.#inbox}.*`, {
      callback: (_error, msg) => this.#answered(msg),
    });
    const sweep = setInterval(() => this.#resend(performance.now()), SWEEP_MS);
    this.#offs.push(
      this.#link.onReconnect(() => this.#resend(Number.POSITIVE_INFINITY)),
      () => clearInterval(sweep),
      () => answers.unsubscribe(),
    );
  }

  /** Waits until everything is acknowledged, at most `ms`; then nothing is sent again. */
  async stop(ms = this.#link.connected() ? SETTLE_MS : 0): Promise<void> {
    const deadline = performance.now() + ms;
    while (this.size > 0 && performance.now() < deadline)
      await new Promise((done) => setTimeout(done, 10));
    for (const off of this.#offs.splice(0)) off();
  }

  /** How many are not yet acknowledged. */
  get size(): number {
    return this.#pending.size + this.#queues.length;
  }

  /** Has the broker stored nothing for a while although it was asked? */
  get stuck(): boolean {
    const [oldest] = this.#pending.values();
    if (oldest === undefined) return false;
    const since = Math.max(this.#storedAt, oldest.deadline - GIVE_UP_MS);
    return performance.now() - since > STUCK_MS;
  }

  /** Resolves with the seq once it is stored. @throws what {@link Publication.failed} is told. */
  publish(subject: string, payload: string, id?: string): Promise<number> {
    return new Promise((stored, failed) => {
      this.put({ subject, id, payload: () => payload, stored, failed });
    });
  }

  /** Stores it behind what was put before, unless it is patient, and tells it of the outcome. */
  put(publication: Publication): void {
    if (this.#queues.length >= WAITING_MAX)
      return publication.failed(new UnavailableError("too many publishes wait"));
    this.#queues.push(publication, performance.now());
    this.#schedule();
  }

  /** At once when nothing is under way, else one write for all that a turn of the loop gathers. */
  #schedule(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    if (this.#pending.size === 0) queueMicrotask(this.#fill);
    else setImmediate(this.#fill);
  }

  readonly #fill = (): void => {
    this.#gathering = false;
    const now = performance.now();
    const connected = this.#link.connected();
    for (const flight of this.#queues.take(now, this.#pending.size, WINDOW, connected))
      if (flight.together) this.#sendTogether(flight, now);
      else for (const each of flight.items) this.#send(this.#token(), each, now);
  };

  #token(): string {
    return (this.#tokens++).toString(36);
  }

  #send(token: string, pending: Pending, now: number): void {
    this.#pending.set(token, pending);
    pending.resendAt = now + ACK_WAIT_MS;
    // A publication while disconnected is dropped by the client: the reconnect sends it.
    if (!this.#link.connected()) return;
    try {
      this.#outlet.alone(pending, `${this.#inbox}.${token}`);
    } catch (error) {
      // Larger than the broker takes, or the connection was closed: this one will never be stored.
      this.#drop(token, pending);
      pending.publication.failed(new RefusedError(reason(error)));
    }
  }

  #sendTogether({ queue, items }: Flight, now: number): void {
    const answer = this.#token();
    const tokens = items.map((pending) => {
      const token = this.#token();
      this.#pending.set(token, pending);
      pending.resendAt = Number.POSITIVE_INFINITY;
      return token;
    });
    this.#batches.set(answer, { queue, tokens, resendAt: now + ACK_WAIT_MS });
    try {
      this.#outlet.together(items, `${this.#nonce}${answer}`, `${this.#inbox}.${answer}`);
    } catch (error) {
      // One of them is larger than the broker takes: alone it is told so.
      this.#takeApart(answer, reason(error));
      this.#resend(0);
    }
  }

  #answered(msg: Msg): void {
    const token = msg.subject.slice(this.#inbox.length + 1);
    const batch = this.#batches.get(token);
    const pending = this.#pending.get(token);
    if (batch !== undefined) this.#batchAnswered(token, batch, msg.string());
    else if (pending !== undefined) this.#aloneAnswered(token, pending, msg.string());
    if (this.#queues.length > 0) this.#schedule();
  }

  #aloneAnswered(token: string, pending: Pending, answer: string): void {
    pending.queue.answered(pending);
    const seq = seqOf(answer);
    if (seq !== undefined) return this.#stored(token, seq, answer.includes('"duplicate"'));
    // No leader, no stream, no space: ask again soon, until the deadline.
    const { subject } = pending.publication;
    this.#log.debug({ subject, answer: answer.slice(0, 200) }, "publish not stored");
    pending.resendAt = Math.min(pending.resendAt, performance.now() + SWEEP_MS);
  }

  #batchAnswered(token: string, { queue, tokens }: Batch, answer: string): void {
    const seq = seqOf(answer);
    if (seq === undefined) {
      this.#takeApart(token, answer);
      return this.#resend(0);
    }
    this.#batches.delete(token);
    queue.landed();
    for (const [i, each] of tokens.entries())
      this.#stored(each, seqIn(seq, tokens.length, i), false);
  }

  #stored(token: string, seq: number, duplicate: boolean): void {
    const pending = this.#pending.get(token);
    this.#pending.delete(token);
    this.#storedAt = performance.now();
    pending?.publication.stored(seq, duplicate);
  }

  /** A batch is none any more: each of it is due, alone and under its own id. */
  #takeApart(answer: string, why: string): void {
    const batch = this.#batches.get(answer);
    if (batch === undefined) return;
    this.#batches.delete(answer);
    batch.queue.landed();
    this.#log.debug({ count: batch.tokens.length, why: why.slice(0, 200) }, "batch taken apart");
    for (const token of batch.tokens) {
      const pending = this.#pending.get(token);
      if (pending !== undefined) pending.resendAt = 0;
    }
  }

  #resend(before: number): void {
    const now = performance.now();
    for (const [answer, { resendAt }] of this.#batches)
      if (resendAt <= before) this.#takeApart(answer, "not answered");
    for (const { publication } of this.#queues.overdue(now)) publication.failed(late());
    for (const [token, pending] of this.#pending) {
      if (pending.deadline < now) {
        this.#drop(token, pending);
        pending.publication.failed(late());
      } else if (pending.resendAt <= before) {
        pending.queue.answered(pending);
        this.#send(token, pending, now);
      }
    }
    this.#schedule();
  }

  #drop(token: string, pending: Pending): void {
    this.#pending.delete(token);
    pending.queue.answered(pending);
  }
}

const late = (): Error => new UnavailableError("the broker did not store it in time");
