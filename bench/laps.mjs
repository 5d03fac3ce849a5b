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
 * The longest turn between two moments: its own time, and the longest with all that the thread waited for a core.
 * @param {string} directory @param {number} pid @param {number} from @param {number} to of {@link now}
 * @returns {{ own: number, all: number }} ms
 */
export function longestLap(directory, pid, from, to) {
  const longest = { own: LEAST_MS, all: LEAST_MS };
  for (const line of readFileSync(join(directory, fileOf(pid)), "utf8").split("\n")) {
    const [at = NaN, own = NaN, all = NaN] = line.split(" ").map(Number);
    if (!(at >= from && at <= to)) continue;
    longest.own = Math.max(longest.own, own);
    longest.all = Math.max(longest.all, all);
  }
  return longest;
}
