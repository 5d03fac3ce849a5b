// The longest turns of the server's main thread, out of what bench/lap.mjs has written.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Shorter turns are not written down, so that writing costs the thread next to nothing; one of this length stands for them. */
export const LEAST_MS = 2;
/** A line about a collection of garbage begins with it: its end, and how long it held the thread. */
export const COLLECTION = "gc";

/** @param {number} pid */
export const fileOf = (pid) => `laps-${pid}.txt`;

/** The same clock in every process of a machine, in ms. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

/**
 * A turn, in ms. `own`: without the time in which the thread was ready and had no core; `work`: without that of collections of garbage, too; `cpu`: without
 * that in which it waited for other threads, as for those that collect garbage beside it; `all`: with everything.
 * @typedef {{ own: number, work: number, cpu: number, all: number }} Turn
 */

/**
 * The longest turn between two moments, in each of the four ways.
 * @param {string} directory @param {number} pid @param {number} from @param {number} to of {@link now}
 * @returns {Turn}
 */
export function longestLap(directory, pid, from, to) {
  const lines = readFileSync(join(directory, fileOf(pid)), "utf8").split("\n");
  const collections = lines.filter((line) => line.startsWith(COLLECTION)).map(numbersOf);
  const longest = { own: LEAST_MS, work: LEAST_MS, cpu: LEAST_MS, all: LEAST_MS };
  for (const line of lines) {
    const [at = NaN, own = NaN, cpu = NaN, all = NaN] = numbersOf(line);
    if (!(at >= from && at <= to) || line.startsWith(COLLECTION)) continue;
    const collected = collections.filter(([end = NaN]) => end > at - all && end <= at);
    const collecting = collected.reduce((sum, [, ms = NaN]) => sum + ms, 0);
    longest.own = Math.max(longest.own, own);
    longest.work = Math.max(longest.work, own - collecting);
    longest.cpu = Math.max(longest.cpu, cpu);
    longest.all = Math.max(longest.all, all);
  }
  return longest;
}

/** @param {string} line */
const numbersOf = (line) => line.split(" ").filter(isNumber).map(Number);
const isNumber = (/** @type {string} */ word) => word !== "" && word !== COLLECTION;
