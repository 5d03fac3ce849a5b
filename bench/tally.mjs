// The sums of one measured window.
import { build } from "hdr-histogram-js";

/** Longer than anything is waited for, in µs. */
const HIGHEST_US = 120_000_000;

/** Latencies in ms, kept in µs to three digits. */
export function latencies() {
  const histogram = build({ highestTrackableValue: HIGHEST_US, numberOfSignificantValueDigits: 3 });
  return {
    /** @param {number} ms */
    record: (ms) => histogram.recordValue(Math.round(ms * 1000)),
    /** @param {number} percent */
    at: (percent) => histogram.getValueAtPercentile(percent) / 1000,
    count: () => histogram.totalCount,
  };
}

/** One window's lifecycles: when it ends, and what was seen of each step. */
export function newTally() {
  return {
    sent: latencies(),
    delivered: latencies(),
    read: latencies(),
    /** Sent and not yet read. */
    underWay: 0,
    /** Lifecycles that were complete before the window ended. */
    inWindow: 0,
    /** performance.now() at which the window ends. */
    endsAt: Infinity,
    /** The durability that the last `sent` promised. */
    durability: "",
    /** Longest time by which a paced send left late, ms: the load's own lag. */
    lateMs: 0,
  };
}
/** @typedef {ReturnType<typeof newTally>} Tally */

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}
