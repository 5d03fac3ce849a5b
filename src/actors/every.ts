import type { Logger } from "pino";

/** Does housekeeping every so often, never twice at once; what fails is tried again the next time. */
export function every(ms: number, work: () => Promise<void>, log: Logger): NodeJS.Timeout {
  let busy = false;
  return setInterval(() => {
    if (busy) return;
    busy = true;
    work()
      .catch((error: unknown) => log.warn({ error }, "housekeeping failed; tried again"))
      .finally(() => (busy = false));
  }, ms);
}
