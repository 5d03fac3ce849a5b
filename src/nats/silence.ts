import type { NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "pino";
import { StartError } from "../start-error.ts";
import { meaningOf, NotYetError } from "./notyet.ts";
import { pause } from "./pause.ts";

/** Between two tries. */
const AGAIN_MS = 500;
/** The wait is said so often. */
const SAY_MS = 5_000;

/** Time, as far as a wait needs it. */
interface Clock {
  /** ms of a clock that only goes forward. */
  now(): number;
  pause(ms: number): Promise<unknown>;
}
const CLOCK: Clock = { now: () => performance.now(), pause };

/**
 * Tries again what throws NotYetError, for as long as that error says, from the first such one on, and says so every 5 s: the one wait of a
 * start (docs/adr/0049).
 * @throws StartError when that was in vain; any other error at once.
 */
export async function inTime<T>(log: Logger, attempt: () => Promise<T>, clock = CLOCK): Promise<T> {
  /** By how long an error is worth waiting for: a wait of a minute takes nothing from a shorter one behind it. */
  const since = new Map<number, number>();
  let saidAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof NotYetError)) throw error;
      const now = clock.now();
      const from = since.get(error.waitMs) ?? now;
      since.set(error.waitMs, from);
      const waitedMs = now - from;
      if (waitedMs >= error.waitMs)
        throw new StartError(`${error.message} (after ${Math.round(waitedMs / 1_000)} s)`);
      if (now - saidAt >= SAY_MS) {
        log.warn({ reason: error.message }, "waiting for the broker");
        saidAt = now;
      }
      await clock.pause(AGAIN_MS);
    }
  }
}

/**
 * Asks the broker what a start has to know before it goes on, and waits where it says nothing. `ask` may be called again at any point at which
 * it has failed. @throws StartError when the broker says nothing for a minute; any other error of `ask` at once.
 */
export const patiently = <T>(
  { nc }: { readonly nc: Pick<NatsConnection, "info"> },
  log: Logger,
  ask: () => Promise<T>,
): Promise<T> =>
  inTime(log, () =>
    ask().catch((error: unknown) => {
      throw meaningOf(error, nc);
    }),
  );
