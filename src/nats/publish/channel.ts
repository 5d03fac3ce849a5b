import type { Msg, Subscription } from "@nats-io/transport-node";
import { reason } from "../connection.ts";
import { AckWait, ACK_WAIT_MS } from "./ackwait.ts";
import { Batches } from "./batches.ts";
import { Breaker } from "./breaker.ts";
import type { ChannelParts } from "./surroundings.ts";
import { seqIn } from "./gathering.ts";
import { away, late, outrunBy, RefusedError, seqOf, type Publication } from "./publication.ts";
import { untilOf, type Flight, type Pending } from "./queue.ts";
import { Queues } from "./queues.ts";

/** How many publishes to one stream may be unanswered at once; more wait their turn. */
const WINDOW = 1024;
/** Before a publish that was answered and not stored is repeated. */
const AGAIN_MS = 250;

/**
 * The publications for one stream, each until it is acknowledged. Nothing is lost in an outage: what was not acknowledged is sent
 * again, with the same id. A batch that is not stored as a whole is taken apart, and each of it goes on alone (docs/adr/0023). While the
 * stream is away, and the broker is not, the oldest alone is repeated, what lasts waits, and everything else is refused at once (docs/adr/0035).
 */
export class Channel {
  readonly #parts: ChannelParts;
  readonly #queues: Queues;
  readonly #breaker = new Breaker();
  readonly #inbox: string;
  readonly #answers: Subscription;
  readonly #pending = new Map<string, Pending>();
  readonly #batches = new Batches();
  readonly #ackWait = new AckWait();
  #tokens = 0;
  #gathering = false;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
    this.#queues = new Queues(parts.gathers);
    this.#inbox = parts.link.inbox();
    this.#answers = parts.link.nc.subscribe(`${this.#inbox}.*`, {
      callback: (_error, msg) => this.#answered(msg),
    });
  }

  stop(): void {
    this.#answers.unsubscribe();
  }

  /** How many have gone out and are not answered, but for words of groups: of those as many as may be, as long as there are more. */
  get underWay(): number {
    return Math.max(0, this.#pending.size - this.#queues.bulky);
  }

  /** How many are not answered, with those that wait for their turn. */
  get size(): number {
    return this.#pending.size + this.#queues.length;
  }

  /** Something of the process was answered: what is patient here may be due. */
  look(now: number, crowd: number): void {
    if (this.#queues.isDue(now, crowd)) this.#schedule();
  }

  /** Does the stream store nothing, though the broker answers? */
  get isAway(): boolean {
    return this.#breaker.isOpen;
  }

  /** Is it away, and asked already whether it is back? Then whatever is put now is refused, unless it lasts. */
  get refuses(): boolean {
    return this.isAway && this.size > 0;
  }

  /** The oldest that is not answered went out then; undefined: all are answered. */
  get oldestAt(): number | undefined {
    return this.#pending.values().next().value?.sentAt;
  }

  /** Stores it behind what was put before, unless it is patient, and tells it of the outcome. */
  put(publication: Publication): void {
    // Where nothing is under way that would tell when the stream is back, this one does.
    if (this.refuses && publication.lasting !== true) return publication.failed(away());
    try {
      this.#queues.push(publication, performance.now());
    } catch (error) {
      return publication.failed(error as Error);
    }
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
    const connected = this.#parts.link.connected();
    const window = this.isAway ? 1 : WINDOW;
    const unanswered = this.#pending.size;
    const traffic = { unanswered, crowd: this.#parts.crowd(), window, connected };
    for (const flight of this.#queues.take(now, traffic))
      if (flight.together) this.#sendTogether(flight, now);
      else for (const each of flight.items) this.#send(this.#token(), each, now);
    if (this.#queues.goesOn) this.#schedule();
  };

  readonly #token = (): string => (this.#tokens++).toString(36);

  #send(token: string, pending: Pending, now: number): void {
    this.#pending.set(token, pending);
    const isFirst = pending.sentAt === 0;
    if (isFirst) pending.sentAt = now;
    else {
      pending.isRepeated = true;
      pending.queue.answered(pending);
    }
    pending.resendAt = now + (isFirst ? this.#ackWait.first(this.#pending.size) : ACK_WAIT_MS);
    // A publication while disconnected is dropped by the client: the reconnect sends it.
    if (!this.#parts.link.connected()) return;
    try {
      this.#parts.outlet.alone(pending, `${this.#inbox}.${token}`);
    } catch (error) {
      // Larger than the broker takes, or the connection was closed: this one will never be stored.
      this.#drop(token, pending, new RefusedError(reason(error)));
    }
  }

  #sendTogether({ queue, items }: Flight, now: number): void {
    const answer = this.#token();
    const tokens = items.map((pending) => {
      const token = this.#token();
      this.#pending.set(token, pending);
      pending.sentAt = now;
      pending.resendAt = Number.POSITIVE_INFINITY;
      return token;
    });
    this.#batches.open(answer, { queue, tokens, resendAt: now + ACK_WAIT_MS });
    try {
      const { outlet, nonce } = this.#parts;
      outlet.together(items, `${nonce}${answer}`, `${this.#inbox}.${answer}`);
    } catch (error) {
      // One of them is larger than the broker takes: alone it is told so.
      this.#takeApart(answer, reason(error));
      this.#resend(now, 0);
    }
  }

  #answered(msg: Msg): void {
    const token = msg.subject.slice(this.#inbox.length + 1);
    const text = msg.string();
    const seq = seqOf(text);
    const now = performance.now();
    const isBack = seq !== undefined && this.#breaker.stored(now);
    const pending = this.#pending.get(token);
    if (this.#batches.has(token)) this.#batchAnswered(token, seq, text);
    else if (pending !== undefined) this.#aloneAnswered(token, pending, seq, text);
    this.#parts.heard(seq !== undefined);
    if (isBack) {
      this.#parts.log.info("stream is back");
      this.#resend(now, Number.POSITIVE_INFINITY);
    } else if (this.#queues.length > 0) this.#schedule();
  }

  #aloneAnswered(token: string, pending: Pending, seq: number | undefined, answer: string): void {
    pending.queue.answered(pending);
    if (seq !== undefined) return this.#stored(token, seq, answer.includes('"duplicate"'));
    const outrun = outrunBy(pending.publication, answer);
    if (outrun !== undefined) return this.#drop(token, pending, outrun);
    // No leader, no stream, no space: ask again soon, until the deadline.
    this.#parts.log.debug({ answer: answer.slice(0, 200) }, "publish not stored");
    if (this.isAway && pending.publication.hasty === true)
      return this.#drop(token, pending, away());
    pending.resendAt = Math.min(pending.resendAt, performance.now() + AGAIN_MS);
  }

  #batchAnswered(answer: string, seq: number | undefined, text: string): void {
    if (seq === undefined) {
      this.#takeApart(answer, text);
      return this.#resend(performance.now(), 0);
    }
    const tokens = this.#batches.end(answer);
    for (const [i, each] of tokens.entries())
      this.#stored(each, seqIn(seq, tokens.length, i), false);
  }

  #stored(token: string, seq: number, duplicate: boolean): void {
    const pending = this.#pending.get(token);
    if (pending === undefined) return;
    this.#ended(token, pending);
    this.#ackWait.answered(performance.now() - pending.sentAt, pending.isRepeated);
    pending.publication.stored(seq, duplicate);
  }

  /** A batch is none any more: each of it is due, alone and under its own id. */
  #takeApart(answer: string, why: string): void {
    const tokens = this.#batches.end(answer);
    this.#parts.log.debug({ count: tokens.length, why: why.slice(0, 200) }, "batch taken apart");
    for (const token of tokens) {
      const pending = this.#pending.get(token);
      if (pending !== undefined) pending.resendAt = 0;
    }
  }

  /** The connection is back: everything is sent again. */
  reconnected(now: number): void {
    this.#breaker.reconnected(now);
    this.#resend(now, Number.POSITIVE_INFINITY);
  }

  /** Looks what is due. `heardAt`: when the broker was heard last, by a word of any stream. */
  sweep(now: number, heardAt: number): void {
    if (this.#breaker.judge({ oldestAt: this.oldestAt, heardAt, now }))
      this.#parts.log.warn({ waiting: this.size }, "stream is away: what it is asked is refused");
    this.#resend(now, now);
  }

  #resend(now: number, before: number): void {
    for (const answer of this.#batches.overdue(before)) this.#takeApart(answer, "not answered");
    this.#giveUp(now);
    for (const [token, pending] of this.#pending) {
      if (pending.resendAt <= before) this.#send(token, pending, now);
      // The oldest alone tells when the stream is back.
      if (this.isAway) break;
    }
    this.#schedule();
  }

  #giveUp(now: number): void {
    const { isAway } = this;
    const why = isAway ? away : late;
    for (const { publication } of this.#queues.hopeless(now, isAway)) publication.failed(why());
    for (const [token, pending] of this.#pending)
      if (untilOf(pending, isAway) < now) this.#drop(token, pending, why());
  }

  #drop(token: string, pending: Pending, why: Error): void {
    this.#ended(token, pending);
    pending.publication.failed(why);
  }

  #ended(token: string, pending: Pending): void {
    this.#pending.delete(token);
    pending.queue.answered(pending);
    this.#queues.ended(pending);
  }
}
