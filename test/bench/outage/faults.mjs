// Faults of a process of the cluster while people chat.
import { setTimeout as sleep } from "node:timers/promises";
import { brokerOf, leadersOf, mostLeading } from "./leaders.mjs";

/** A broker that is not followed by then is not followed at all. */
const ELECTED_MS = 60_000;
const LOOK_MS = 100;
const PAUSE_S_MAX = 600;
const SIGNALS = /** @type {const} */ ({ kill: "SIGKILL", pause: "SIGSTOP", drain: "SIGTERM" });

/**
 * @typedef {object} Fault
 * @property {string} text as it was asked for
 * @property {keyof typeof SIGNALS} how
 * @property {string} whom a process, `leader`, or `broker-of-` and a process
 * @property {number} seconds for which a pause lasts
 */

/**
 * Reads `pause:leader:20`, `kill:broker-of-gateway-1`, `drain:gateway-1`.
 * @param {string} text
 * @returns {Fault}
 * @throws Error with one sentence.
 */
export function faultIn(text) {
  const [how = "", whom = "", time = "20", ...more] = text.split(":");
  const seconds = Number(time);
  if (!Object.hasOwn(SIGNALS, how) || whom === "" || more.length > 0)
    throw new Error(`${text} is no fault: say kill, pause or drain, a colon, and whom`);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > PAUSE_S_MAX)
    throw new Error(`${text}: a pause lasts 1 to ${PAUSE_S_MAX} whole seconds`);
  return { text, how: /** @type {keyof typeof SIGNALS} */ (how), whom, seconds };
}

/**
 * Does it, and resolves when a pause is over.
 * @param {import("./cluster.mjs").Cluster} cluster
 * @param {Fault} fault
 * @returns {Promise<{ at: number, ledMs: number }>} `at`: when, by performance.now(); `ledMs`: from then until others lead all streams.
 */
export async function inflict(cluster, { how, whom, seconds }) {
  const name = await named(cluster, whom);
  const pid = cluster.pid(name);
  const at = performance.now();
  process.kill(pid, SIGNALS[how]);
  const [ledMs] = await Promise.all([
    name.startsWith("nats-") ? ledWithout(cluster, name, at) : 0,
    how === "pause" ? sleep(seconds * 1_000) : undefined,
  ]);
  if (how === "pause") process.kill(pid, "SIGCONT");
  return { at, ledMs };
}

/** @param {import("./cluster.mjs").Cluster} cluster @param {string} whom */
function named(cluster, whom) {
  if (whom === "leader") return mostLeading(cluster);
  const [, process] = /^broker-of-(.+)$/.exec(whom) ?? [];
  return process === undefined ? whom : brokerOf(cluster, process);
}

/** @param {import("./cluster.mjs").Cluster} cluster @param {string} gone @param {number} at */
async function ledWithout(cluster, gone, at) {
  for (;;) {
    const leaders = await leadersOf(cluster, gone);
    const ms = performance.now() - at;
    if (leaders.length > 0 && leaders.every((each) => each !== "" && each !== gone)) return ms;
    if (ms > ELECTED_MS) return Infinity;
    await sleep(LOOK_MS);
  }
}
