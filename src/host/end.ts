/** A signal that ends a process by itself may still be caught by nobody for so long. */
const GRACE_MS = 1_000;

/**
 * Ends this process, also while a thread of it is stuck inside LMDB, where `process.exit` waits for
 * ever: then by the signal that a supervisor takes for a clean end (SIGTERM, not caught any more), or by
 * SIGKILL where the end is none. As first process of a container it can be ended from outside only.
 */
export function endProcess(code: number, stuck: boolean): void {
  if (!stuck) process.exit(code);
  if (code === 0) {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.removeAllListeners(signal);
    process.kill(process.pid, "SIGTERM");
  }
  setTimeout(() => process.kill(process.pid, "SIGKILL"), code === 0 ? GRACE_MS : 0);
}
