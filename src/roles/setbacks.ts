import type { Logger } from "pino";
import type { Stream } from "../actors/generations/prepare.ts";
import { claims, type Outlook } from "../actors/ownership/succession.ts";
import { mailboxStream } from "../nats/subjects.ts";
import { Outage } from "../outage.ts";

/** A stream that could not be begun is left alone so long. */
const REST_MS = 1_000;

interface Parts {
  /** ms of a clock that only goes forward. */
  readonly now: () => number;
  readonly log: Logger;
  /** The mailbox streams. */
  readonly streams: readonly Pick<Stream, "log">[];
}

/**
 * Setbacks: streams whose actors could not be begun. Each try claims the stream, and each claim is a hint to look there: without a
 * rest one try would bring on the next, each with an entry in the log of the stream and a line in that of the process.
 */
export class Setbacks {
  readonly #now: () => number;
  readonly #log: Logger;
  readonly #streams: readonly Pick<Stream, "log">[];
  readonly #outlook: Outlook;
  readonly #restsUntil = new Map<number, number>();
  readonly #outages = new Map<number, Outage>();

  /** @param outlook of this host. */
  constructor({ now, log, streams }: Parts, outlook: Outlook) {
    this.#now = now;
    this.#log = log;
    this.#streams = streams;
    this.#outlook = outlook;
  }

  /** Stream `k` could not be begun: it rests, and the log says so each minute. */
  failed(k: number, error: unknown): void {
    this.#restsUntil.set(k, this.#now() + REST_MS);
    const outage = this.#outages.get(k) ?? new Outage(this.#now);
    this.#outages.set(k, outage);
    const more = outage.failed();
    const stream = mailboxStream(k);
    if (more) this.#log.warn({ stream, error, ...more }, "actors not started again yet");
  }

  isResting(k: number): boolean {
    return this.#now() < (this.#restsUntil.get(k) ?? 0);
  }

  /** Is one of them without actors, since this host, which should run it, cannot begin it? */
  get isStuck(): boolean {
    const now = this.#now();
    return this.#streams.some(
      ({ log }, k) => this.#outages.has(k) && claims(this.#outlook, k, log.said.owner, now),
    );
  }

  /** It has been begun, or is another host's. */
  over(k: number): void {
    this.#restsUntil.delete(k);
    this.#outages.delete(k);
  }
}
