import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { complain, StartError } from "./run.mjs";

/** Signals this close together are one press of Ctrl-C: npm passes on what the terminal has sent too. */
const ONE_PRESS_MS = 500;
/** How long each step of a stop may take, and what was being started when it came. A drain beside another gateway: 17 s. */
const STOP_MS = 25_000;

/** @param {string} line */
export const say = (line) => process.stdout.write(`${line}\n`);

/**
 * The life of a command that runs until it is stopped.
 * @typedef {object} Life
 * @property {AbortSignal} signal Aborted when it is over: with an error, or with the name of a signal.
 * @property {(() => unknown)[]} undo What has to be undone then, last thing first.
 * @property {(error: unknown) => void} fail Ends it with an error.
 * @property {(code: number) => void} exit Ends the process; a program, once it runs, may know better how.
 */

/**
 * Runs a command until a signal or a failure, then undoes what it has started, and ends the process:
 * 0 after a signal, 1 after an error, which is said.
 * @param {(life: Life) => Promise<void>} start Returns when everything runs.
 * @returns {Promise<never>}
 */
export async function stay(start) {
  const over = new AbortController();
  const { signal } = over;
  /** @type {Life} */
  const life = {
    signal,
    undo: [],
    fail: (error) => over.abort(error),
    exit: (code) => process.exit(code),
  };
  listen(over);
  try {
    await Promise.race([start(life).then(() => aborted(signal)), stuck(signal)]);
  } catch (error) {
    const failure = signal.aborted ? signal.reason : error;
    const failures = failure instanceof Error ? [failure] : [];
    for (const step of life.undo.toReversed())
      await Promise.race([step(), late()]).catch((other) => failures.push(other));
    for (const each of failures) complain(each);
    life.exit(failures.length > 0 ? 1 : 0);
  }
  // A program that ends itself by a signal does so in a moment.
  return new Promise(() => {});
}

/** @param {AbortController} over */
function listen(over) {
  // A closed terminal (SIGHUP) cannot be written to, and must not keep the stop from being done.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  let pressedAt = 0;
  for (const name of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.on(name, () => {
      if (pressedAt > 0 && Date.now() - pressedAt > ONE_PRESS_MS) process.exit(1);
      if (pressedAt === 0) say("\nstopping … (once more: at once)");
      pressedAt ||= Date.now();
      over.abort(name);
    });
}

/** Rejects as soon as it is over. @param {AbortSignal} signal */
async function aborted(signal) {
  if (!signal.aborted) await once(signal, "abort");
  signal.throwIfAborted();
}

/** Rejects when it is over, but the start has neither come to its end nor failed. @param {AbortSignal} signal */
const stuck = (signal) =>
  aborted(signal).catch(async (reason) => {
    await pause(STOP_MS, undefined, { ref: false });
    throw reason;
  });

/** A step of the stop that hangs must not keep the ones after it from being done. */
const late = async () => {
  await pause(STOP_MS, undefined, { ref: false });
  throw new StartError(`stopping took longer than ${STOP_MS / 1000} s`);
};
