import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const given = process.env["POSTHORN_TEST_DIR"];
const dir = given ?? mkdtempSync(join(tmpdir(), "posthorn-test-"));

/**
 * Gives specs `POSTHORN_TEST_DIR`, the folder for everything they write: it is removed at the end of
 * the run, and processes that still work on it are ended. Called for each project of vitest; the
 * first call makes the folder.
 */
export function setup(): void {
  process.env["POSTHORN_TEST_DIR"] = dir;
  if (given === undefined) process.once("exit", sweep);
}

/** A worker that was killed could not stop what it had started. */
function sweep(): void {
  for (const pid of processes())
    if (pid !== process.pid && (names(pid, "cmdline") || names(pid, "environ"))) end(pid);
  rmSync(dir, { recursive: true, force: true });
}

/** Of this machine; elsewhere than on Linux nobody is found. */
const processes = (): number[] =>
  existsSync("/proc/self")
    ? readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
    : [];

function names(pid: number, what: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/${what}`, "utf8").includes(dir);
  } catch {
    // Gone by now, or another user's.
    return false;
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone by now.
  }
}
