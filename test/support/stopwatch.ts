import { existsSync, readFileSync } from "node:fs";

const EVERY_MS = 20;
/** Processes that a message passes, each of them as likely as this one to find no core. */
const PROCESSES = 3;
/** Linux says there for how long somebody has waited for a disk. */
const STALLS = "/proc/pressure/io";

/**
 * Starts to measure a promise that is given in time. The answer is in ms, without those in which a busy machine ran
 * neither this process nor, by the same share, the others, and those in which somebody waited for its disk.
 */
export function stopwatch(): () => number {
  const since = performance.now();
  const stalledBefore = stalledMs();
  let last = since;
  let late = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    late += Math.max(0, now - last - 2 * EVERY_MS);
    last = now;
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    const took = performance.now() - since;
    return took - PROCESSES * late - (stalledMs() - stalledBefore);
  };
}

/** Since the machine was started; 0 where it does not say. */
const stalledMs = (): number =>
  existsSync(STALLS)
    ? Number(/^some .*total=(\d+)/m.exec(readFileSync(STALLS, "utf8"))?.[1]) / 1_000
    : 0;
