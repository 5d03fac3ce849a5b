import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/**
 * The command line of a running process, undefined when there is none: a pid alone may by now be
 * somebody else's.
 * @param {number} pid
 * @returns {string | undefined}
 */
export function commandOf(pid) {
  try {
    if (process.platform === "linux")
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim() || undefined;
    return execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** The number in a pid file, undefined when there is none. @param {string} file */
export function pidIn(file) {
  try {
    const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Ends a process that may be no child of ours, and returns when it is gone.
 * @param {number} pid
 * @param {string} mark Part of its command line, without which the pid is not ours to end.
 * @param {number} graceMs How long it may take before it is killed.
 */
export async function end(pid, mark, graceMs) {
  const ours = () => commandOf(pid)?.includes(mark) ?? false;
  const until = Date.now() + graceMs;
  if (ours()) signal(pid, "SIGTERM");
  while (ours()) {
    if (Date.now() > until) signal(pid, "SIGKILL");
    await pause(10);
  }
}

/** @param {number} pid @param {NodeJS.Signals} name */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
  }
}
