import type { Logger } from "pino";

/** Of failures in a row each so many is told: without its stream a checkpoint fails five times a second. */
const TOLD_EVERY = 25;

/** Does housekeeping every so often, never twice at once; what fails is tried again the next time. */
export function every(ms: number, work: () => Promise<void>, log: Logger): NodeJS.Timeout {
  let busy = false;
  let failures = 0;
  return setInterval(() => {
    if (busy) return;
    busy = true;
    work()
      .then(
        () => (failures = 0),
        (error: unknown) => {
          if (failures++ % TOLD_EVERY === 0)
            log.warn({ error }, "housekeeping failed; tried again");
        },
      )
      .finally(() => (busy = false));
  }, ms);
}
