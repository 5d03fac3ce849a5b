// Loaded into the server's processes by `npm run bench -- turns`: writes down how long each turn of the main thread's
// event loop takes. Nothing in the server knows of it.
import { openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { performance, PerformanceObserver } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";
import { COLLECTION, fileOf, LEAST_MS, now } from "./laps.mjs";

/**
 * The timer that ends a lap. It runs between two turns of the loop, so a lap is one whole turn, behind turns that were
 * shorter than this together: too long by so much, never too short.
 */
const TICK_MS = 1;
/** More than the three numbers of schedstat have. */
const SCHEDSTAT_BYTES = 128;

if (isMainThread) clock(process.env["BENCH_LAPS_DIR"] ?? ".");

/** @param {string} directory */
function clock(directory) {
  const file = openSync(join(directory, fileOf(process.pid)), "w");
  const schedstat = openSync(`/proc/self/task/${process.pid}/schedstat`, "r");
  const buffer = Buffer.alloc(SCHEDSTAT_BYTES);
  /** `cpu`: the thread's own; `waited`: it was ready and had no core. ms. */
  const look = () => {
    const length = readSync(schedstat, buffer, 0, SCHEDSTAT_BYTES, 0);
    const [cpu = NaN, waited = NaN] = buffer.toString("latin1", 0, length).split(" ").map(Number);
    const { idle } = performance.eventLoopUtilization();
    return { at: now(), idle, cpu: cpu / 1e6, waited: waited / 1e6 };
  };
  collections(file);
  let last = look();
  const lap = () => {
    const next = look();
    const all = next.at - last.at;
    const own = ownMs(all, next.idle - last.idle, next.waited - last.waited);
    if (own >= LEAST_MS) writeSync(file, `${next.at} ${own} ${next.cpu - last.cpu} ${all}\n`);
    last = look();
    setTimeout(lap, TICK_MS).unref();
  };
  setTimeout(lap, TICK_MS).unref();
}

/**
 * Writes down each collection of garbage, and the time in which it held the thread; V8 tells of one some turns later. Its helpers' CPU is not the thread's, but it waits for them.
 * @param {number} file
 */
function collections(file) {
  const origin = now() - performance.now();
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      writeSync(file, `${COLLECTION} ${origin + startTime + duration} ${duration}\n`);
  });
  observer.observe({ entryTypes: ["gc"] });
}

/**
 * A lap without what the loop slept, and without what Linux says that the thread had no core. A thread that was woken and
 * had no core yet counts as asleep and as waiting, so only what it waited beyond its sleep is taken off: too little, never too much.
 * @param {number} all @param {number} idle @param {number} waited
 */
function ownMs(all, idle, waited) {
  return all - idle - Math.max(0, waited - idle);
}
