import type { Logger } from "pino";
import { LeastDelay } from "./leastdelay.ts";
import { reason, type Link } from "./connection.ts";
import { ACTIVITY_STREAM, streamInfoSubject } from "./subjects.ts";

/** Clocks drift by less than a millisecond in this. */
const EVERY_MS = 10_000;
const ANSWER_MS = 2_000;

/** The broker's time in its answer, ms since 1970. @throws Error when it says none. */
export function timeOf(ts = ""): number {
  const at = Date.parse(ts);
  if (Number.isNaN(at)) throw new Error("the broker does not say what time it is");
  return at;
}

/**
 * A clock that follows the broker's: asks it for the time now and then. It tells ages, also from what it hears by
 * the way; the views, in a thread of their own, have one that tells dates (projections/clock.ts).
 */
export class BrokerTime {
  readonly #link: Link;
  readonly #log: Logger;
  readonly #clock = new LeastDelay();
  #timer: NodeJS.Timeout | undefined;
  #off: () => void = () => undefined;

  constructor(link: Link, log: Logger) {
    this.#link = link;
    this.#log = log;
  }

  start(): void {
    this.#timer = setInterval(() => this.#askAgain(), EVERY_MS);
    // The broker may be another one now, with a clock of its own.
    this.#off = this.#link.onReconnect(() => {
      this.#clock.forget();
      this.#askAgain();
    });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#off();
  }

  /** An entry that was stored at `at` has just come. */
  heard(at: number): void {
    this.#clock.heard(at, performance.now());
  }

  /** The age of something that the broker stored at `at`, ms. @throws Error when it does not tell its time. */
  async age(at: number): Promise<number> {
    const now = performance.now();
    if (!this.#clock.isSet) await this.#ask();
    return this.#clock.age(at, now);
  }

  async #ask(): Promise<void> {
    const subject = streamInfoSubject(ACTIVITY_STREAM);
    const answer = await this.#link.nc.request(subject, "", { timeout: ANSWER_MS });
    this.#clock.heard(timeOf(answer.json<{ ts?: string }>().ts), performance.now());
  }

  #askAgain(): void {
    this.#ask().catch((error: unknown) =>
      this.#log.debug({ reason: reason(error) }, "broker's time not told"),
    );
  }
}
