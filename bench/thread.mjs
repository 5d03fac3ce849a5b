// A thread of the load beside the one that measures: what it does delays no clock here.
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import { parentPort, Worker } from "node:worker_threads";

/** Steps of `nice`, each a fifth less of a core that others want, too. */
const ASIDE = 5;

/**
 * Starts a script of this folder in a thread of its own. An error there ends the round, and the thread ends with it.
 * @param {import("./people.mjs").Bench} bench
 * @param {string} script
 * @param {unknown} data that it begins with
 */
export function thread(bench, script, data) {
  const worker = new Worker(new URL(script, import.meta.url), { workerData: data });
  worker.once("error", bench.fail);
  bench.signal.addEventListener("abort", () => void worker.terminate(), { once: true });
  return {
    /** One word at a time: the next message is its answer. @param {string} word @returns {Promise<any>} */
    async ask(word) {
      const answer = once(worker, "message", { signal: bench.signal });
      worker.postMessage(word);
      return (await answer)[0];
    },
    end: () => worker.terminate(),
    /** Ends it, when its people have left. */
    async leave() {
      await this.ask("leave");
      await worker.terminate();
    },
  };
}

/**
 * Puts the calling thread behind the server and the thread that measures: other machines' clients would take no core
 * from either. Linux: there the number of a thread serves as one of a process.
 */
export function stepAside() {
  const tid = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  setPriority(tid, Math.min(19, getPriority(tid) + ASIDE));
}

/**
 * In such a thread: each word is one of these steps, and what it resolves to is the answer. It steps aside first.
 * @param {Record<string, () => Promise<unknown>>} steps
 */
export function obey(steps) {
  const port = parentPort;
  if (port === null) throw new Error("this is a thread of the bench");
  stepAside();
  port.on(
    "message",
    (word) => void steps[word]?.().then((result) => port.postMessage(result), fail),
  );
}

/** Ends such a thread, and the round with it. @param {Error} error */
export function fail(error) {
  setImmediate(() => {
    throw error;
  });
}
