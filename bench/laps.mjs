// The longest turns of the server's main thread, out of what bench/lap.mjs has written.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Shorter turns are not written down, so that writing costs the thread next to nothing; one of this length stands for them. */
export const LEAST_MS = 2;

/** @param {number} pid */
export const fileOf = (pid) => `laps-${pid}.txt`;

/** The same clock in every process of a machine, in ms. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

/**
 * A turn, in ms. `own`: without the time in which the thread was ready and had no core; `cpu`: without that in which it waited
 * for other threads, too, as for those that collect garbage beside it; `all`: with everything.
 * @typedef {{ own: number, cpu: number, all: number }} Turn
 */

/**
 * The longest turn between two moments, in each of the three ways.
 * @param {string} directory @param {number} pid @param {number} from @param {number} to of {@link now}
 * @returns {Turn}
 */
export function longestLap(directory, pid, from, to) {
  const longest = { own: LEAST_MS, cpu: LEAST_MS, all: LEAST_MS };
  for (const line of readFileSync(join(directory, fileOf(pid)), "utf8").split("\n")) {
    const [at = NaN, own = NaN, cpu = NaN, all = NaN] = line.split(" ").map(Number);
    if (!(at >= from && at <= to)) continue;
    longest.own = Math.max(longest.own, own);
    longest.cpu = Math.max(longest.cpu, cpu);
    longest.all = Math.max(longest.all, all);
  }
  return longest;
}
