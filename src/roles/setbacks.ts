import type { Logger } from "pino";
import { mailboxStream } from "../nats/subjects.ts";
import { Outage } from "../outage.ts";

/** A stream that could not be begun is left alone so long. */
const REST_MS = 1_000;

/**
 * Setbacks: streams whose actors could not be begun. Each try claims the stream, and each claim is a hint to look there: without a
 * rest one try would bring on the next, each with an entry in the log of the stream and a line in that of the process.
 */
export class Setbacks {
  readonly #now: () => number;
  readonly #log: Logger;
  readonly #restsUntil = new Map<number, number>();
  readonly #outages = new Map<number, Outage>();

  /** @param now ms of a clock that only goes forward. */
  constructor({ now, log }: { readonly now: () => number; readonly log: Logger }) {
    this.#now = now;
    this.#log = log;
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

  /** It has been begun. */
  over(k: number): void {
    this.#restsUntil.delete(k);
    this.#outages.delete(k);
  }
}
