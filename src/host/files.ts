import type { Server } from "node:http";
import type { Logger } from "pino";
import { StartError } from "../start-error.ts";

/** Open files that the program needs to be loaded and to serve a few people. */
export const FILES_MIN = 256;
/** Files that connections leave free: views, the broker, the page's assets. At rest some 30 are open. */
export const RESERVED = 128;
/** The same trouble is said no more often than this. */
const SAID_EVERY_MS = 60_000;

/** Files that this process may have open; infinite where there is no limit. */
export function filesMax(): number {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  // A report looks up the names of all peers otherwise.
  report.excludeNetwork = true;
  const { userLimits } = report.getReport() as {
    userLimits?: { open_files: { soft: number | "unlimited" } };
  };
  const soft = userLimits?.open_files.soft ?? "unlimited";
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : soft;
}

/** @throws StartError that says how many files are needed and how many may be open. */
export function assertFiles(most = filesMax()): void {
  if (most < FILES_MIN)
    throw new StartError(
      `at least ${FILES_MIN} open files are needed, and only ${most} are allowed: raise ulimit -n`,
    );
}

/**
 * Keeps connections from taking the last open file: beyond the limit they are closed as they come, and
 * those that are there, the views and the broker's connections go on.
 */
export function leaveFiles(server: Server, log: Logger, most = filesMax()): void {
  const connections = most - RESERVED;
  let saidAt = Number.NEGATIVE_INFINITY;
  const say = (more: object): void => {
    if (performance.now() - saidAt < SAID_EVERY_MS) return;
    saidAt = performance.now();
    log.error({ files: most, connections, ...more }, "connections refused: raise ulimit -n");
  };
  if (Number.isFinite(connections)) server.maxConnections = connections;
  server.on("drop", () => say({}));
  // A failure of accept itself, ENFILE of the whole machine for one: the server listens on.
  server.on("error", (error) => say({ error }));
}
