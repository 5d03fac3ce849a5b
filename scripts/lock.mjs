import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { commandOf } from "./broker/pid.mjs";
import { StartError } from "./run.mjs";

/**
 * Takes a lock file. It names its holder by pid and command line, so that the lock of a process
 * that was killed does not count, even when its pid is in use again.
 * @param {string} file
 * @returns {() => void} lets go
 * @throws {StartError} when another process holds it.
 */
export function hold(file) {
  const release = tryHold(file);
  if (release !== undefined) return release;
  const pid = holderOf(file)?.pid;
  throw new StartError(`${file} is held by process ${pid}: Posthorn runs on this folder already`);
}

/**
 * The same, but waits until the lock is free.
 * @param {string} file
 * @param {AbortSignal} signal When to stop waiting.
 */
export async function holdWhenFree(file, signal) {
  for (;;) {
    const release = tryHold(file);
    if (release !== undefined) return release;
    await pause(200, undefined, { signal });
  }
}

/** @param {string} file */
function tryHold(file) {
  // Linked and not written in place: a lock that is there is there whole.
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${process.pid}\n${commandOf(process.pid)}\n`);
  try {
    for (;;) {
      if (succeeds(() => linkSync(own, file))) return () => rmSync(file, { force: true });
      const holder = holderOf(file);
      if (holder !== undefined && lives(holder)) return undefined;
      takeAway(file, holder);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Removes a dead holder's lock, and puts it back if another process was quicker. @param {string} file @param {Holder | undefined} dead */
function takeAway(file, dead) {
  const moved = `${file}.${process.pid}.old`;
  if (!succeeds(() => renameSync(file, moved))) return;
  if (holderOf(moved)?.pid !== dead?.pid) succeeds(() => linkSync(moved, file));
  rmSync(moved);
}

/** @typedef {{ pid: number, command: string }} Holder */

/** @param {string} file @returns {Holder | undefined} */
function holderOf(file) {
  let text = "";
  if (!succeeds(() => (text = readFileSync(file, "utf8")))) return undefined;
  const [pid, command = ""] = text.split("\n");
  return { pid: Number(pid), command };
}

/** We do not hold it yet, so our own pid in it was another process. @param {Holder} holder */
const lives = ({ pid, command }) => pid !== process.pid && commandOf(pid) === command;

/** False when the file is there already, or is not there. @param {() => void} change */
function succeeds(change) {
  try {
    change();
    return true;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === "EEXIST" || code === "ENOENT") return false;
    throw error;
  }
}
