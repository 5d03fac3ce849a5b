// The profiles of a workload as a table: where the time of each thread went.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { categorise, IDLE, REST } from "./categories.mjs";

/** Below this share of a thread's time a category is not worth a line of its own. */
const SHARE_MIN = 0.003;

/**
 * The threads of the server's Node process, each with the µs of its categories over all rounds.
 * @param {string} directory
 * @returns {Promise<Map<string, Map<string, number>>>}
 */
export async function readProfiles(directory) {
  const { inSources } = await import(new URL("../dist/trace.js", import.meta.url).href);
  /** @type {Map<string, Map<string, number>>} */
  const threads = new Map();
  for (const file of readdirSync(directory)) {
    const number = /-thread-(\d+)-\d+\.cpuprofile$/.exec(file)?.[1];
    if (number === undefined) continue;
    const thread = number === "0" ? "sockets and actors" : "views";
    const sums = threads.get(thread) ?? new Map();
    threads.set(thread, sums);
    const profile = JSON.parse(readFileSync(join(directory, file), "utf8"));
    for (const [category, us] of categorise(placed(profile, inSources)))
      sums.set(category, (sums.get(category) ?? 0) + us);
  }
  return threads;
}

/**
 * The profile with each function in its source: the server is built into a few files, from many.
 * @param {import("./categories.mjs").Profile} profile
 * @param {(stack: string) => string} inSources
 * @returns {import("./categories.mjs").Profile}
 */
function placed(profile, inSources) {
  const nodes = profile.nodes.map(({ callFrame, ...node }) => {
    const { url, lineNumber = 0, columnNumber = 0 } = callFrame;
    const place = inSources(`${url}:${lineNumber + 1}:${columnNumber + 1}`);
    return { ...node, callFrame: { ...callFrame, url: place.replace(/:\d+:\d+$/, "") } };
  });
  return { ...profile, nodes };
}

/**
 * One block per thread, the largest category first.
 * @param {Map<string, Map<string, number>>} threads
 * @param {number} [lifecycles] in the profiled windows together; without them only shares are shown
 */
export function profileTable(threads, lifecycles) {
  return [...threads]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([thread, sums]) => block(thread, sums, lifecycles))
    .join("\n\n");
}

/**
 * @param {string} thread
 * @param {Map<string, number>} sums
 * @param {number | undefined} lifecycles
 */
function block(thread, sums, lifecycles) {
  const all = [...sums.values()].reduce((sum, us) => sum + us, 0);
  const large = [...sums].filter(([category, us]) => category !== REST && us >= all * SHARE_MIN);
  const rest = all - large.reduce((sum, [, us]) => sum + us, 0);
  const rows = [...large.toSorted(([, a], [, b]) => b - a), /** @type {const} */ ([REST, rest])];
  const width = Math.max(...rows.map(([category]) => category.length));
  const lines = rows.map(([category, us]) => {
    const share = `${((us / all) * 100).toFixed(1).padStart(5)} %`;
    const each =
      lifecycles === undefined || category === IDLE ? "" : (us / lifecycles).toFixed(1).padStart(8);
    return `  ${category.padEnd(width)}  ${share}${each}`.trimEnd();
  });
  const unit = lifecycles === undefined ? "" : ", µs per lifecycle";
  return [`thread of ${thread}: share${unit}`, ...lines].join("\n");
}
