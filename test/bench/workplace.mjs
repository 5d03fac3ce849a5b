import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Exit codes of what a signal has ended, as a shell gives them. */
const SIGNALS = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 });

/**
 * A folder for a bench and the processes that it starts. However the bench ends, by itself, by an error or by Ctrl-C, those are killed and
 * the folder is removed.
 * @param {string} name
 */
export function workplace(name) {
  const dir = mkdtempSync(join(tmpdir(), `${name}-`));
  /** @type {import("node:child_process").ChildProcess[]} */
  const children = [];
  const end = () => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  /** Behind the listener of whoever was started last: a server of `launch` is killed by its own. */
  const comeLast = () => void process.off("exit", end).on("exit", end);
  comeLast();
  for (const [signal, code] of Object.entries(SIGNALS))
    process.once(signal, () => process.exit(code));
  return {
    dir,
    comeLast,
    /** Notes a process that was started here. @param {import("node:child_process").ChildProcess} child */
    keep(child) {
      children.push(child);
      return child;
    },
  };
}
