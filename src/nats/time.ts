import type { Logger } from "pino";
import { LeastDelay } from "./leastdelay.ts";
import { reason, type Link } from "./connection.ts";
import { ACTIVITY_STREAM, streamInfoSubject } from "./subjects.ts";

/** Clocks drift by less than a millisecond in this. */
const EVERY_MS = 10_000;
const ANSWER_MS = 2_000;

/** Keeps a clock that follows the broker's: asks it for the time now and then. */
export function brokerTime(link: Link, log: Logger) {
  const clock = new LeastDelay();
  const ask = async (): Promise<void> => {
    const subject = streamInfoSubject(ACTIVITY_STREAM);
    const answer = await link.nc.request(subject, "", { timeout: ANSWER_MS });
    const at = Date.parse(answer.json<{ ts?: string }>().ts ?? "");
    if (!Number.isNaN(at)) clock.heard(at, performance.now());
  };
  const askAgain = (): void => {
    ask().catch((error: unknown) => log.debug({ reason: reason(error) }, "broker's time not told"));
  };
  const timer = setInterval(askAgain, EVERY_MS);
  // The broker may be another one now, with a clock of its own.
  const off = link.onReconnect(() => {
    clock.forget();
    askAgain();
  });
  return {
    /** An entry that was stored at `at` has just come. */
    heard: (at: number): void => clock.heard(at, performance.now()),
    /** The age of something that the broker stored at `at`, ms. @throws Error when it does not tell its time. */
    async age(at: number): Promise<number> {
      const now = performance.now();
      if (!clock.isSet) await ask();
      return clock.age(at, now);
    },
    stop(): void {
      clearInterval(timer);
      off();
    },
  };
}
