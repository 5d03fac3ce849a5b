// The rows of the table that the bench prints, and what is asked of a figure.

/**
 * @typedef {{ better: "more" | "less", floor?: number, aim?: number }} Goal
 * @typedef {{ label: string, keys: string[], digits: number, goal?: Goal }} Row
 *   `keys`: the figures of the row; the goal is about the first.
 */

/** @param {number | undefined} floor @param {number} aim @returns {Goal} */
export const atMost = (floor, aim) => ({
  better: "less",
  ...(floor !== undefined && { floor }),
  aim,
});
/** @param {number} floor @param {number} aim @returns {Goal} */
export const atLeast = (floor, aim) => ({ better: "more", floor, aim });

/** @param {{ perSecond?: Goal, cpu?: Goal, sent?: Goal, read?: Goal }} goals @returns {Row[]} */
export const lifecycles = ({ perSecond, cpu, sent, read }) => [
  row("lifecycles/s", ["perSecond"], 0, perSecond),
  row("CPU-s per 1000, all / the broker's", ["cpuPer1000", "brokerCpuPer1000"], 3, cpu),
  row("sent p50 / p99, ms", ["sentP50", "sentP99"], 2, sent),
  row("delivered p50 / p99, ms", ["deliveredP50", "deliveredP99"], 2),
  row("read p50 / p99, ms", ["readP50", "readP99"], 2, read),
  row("RSS of the server, MiB", ["rssMib"], 0),
  row("cores taken by the load", ["loadCores"], 2),
];

/** @param {Goal} read @param {Goal} rss @returns {Row[]} */
export const flooded = (read, rss) => [
  row("read p99 / longest of bystanders, ms", ["readP99", "readMax"], 1, read),
  row("sent p99 of bystanders, ms", ["sentP99"], 1),
  row("top RSS of the server, MiB", ["topMib"], 0, rss),
  row("latest departure of a send, ms", ["lateMs"], 1),
  row("answers / refusals of the flooders, per second", ["answers", "refusals"], 0),
  row("flooders' sockets that were closed", ["closed"], 0),
];

/**
 * How long something has held the main thread: its longest turn, and the longest ping, which crosses two turns.
 * @param {string} what @param {string} key @param {boolean} [asked] is something asked of it?
 * @returns {Row[]}
 */
export const held = (what, key, asked = true) => [
  row(
    `${what}: longest turn, own time / without collections / CPU / all, ms`,
    [`${key}Turn`, `${key}TurnWork`, `${key}TurnCpu`, `${key}TurnAll`],
    1,
    asked ? atMost(20, 10) : undefined,
  ),
  row("longest ping meanwhile, own time / all, ms", [`${key}Max`, `${key}Ping`], 1),
];

/** @param {{ perSecond?: Goal, cpu?: Goal, last?: Goal }} goals @returns {Row[]} */
export const deliveries = ({ perSecond, cpu, last }) => [
  row("deliveries/s", ["perSecond"], 0, perSecond),
  row("CPU-s per 1000 deliveries, all / the broker's", ["cpuPer1000", "brokerCpuPer1000"], 4, cpu),
  row("to the last device p50 / p99, ms", ["lastP50", "lastP99"], 2, last),
  row("RSS of the server, MiB", ["rssMib"], 0),
  row("cores taken by the load", ["loadCores"], 2),
];

/**
 * @param {string} label
 * @param {string[]} keys
 * @param {number} digits
 * @param {Goal} [goal]
 * @returns {Row}
 */
export function row(label, keys, digits, goal) {
  return { label, keys, digits, ...(goal && { goal }) };
}
