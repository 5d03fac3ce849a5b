import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const MAIN = join(import.meta.dirname, "../../dist/main.js");

/** A process of Posthorn (dist/main.js: build first), which may be started again. */
export interface Program {
  readonly pid: number;
  /** False once it has ended, or before its first start. */
  readonly runs: boolean;
  /** Everything that it has logged, over all its starts. */
  readonly log: () => string;
  /** Returns when it says that it runs. @throws Error with its log, when it ends before. */
  start(): Promise<void>;
  /** Sends a signal, or waits for it to end by itself. Resolves with the exit code. */
  ended(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * A process with these settings and nothing else in its environment. `files`: how many it may have open (`ulimit -n`). `main`: of
 * another build.
 */
export function program(
  env: Readonly<Record<string, string>>,
  files?: number,
  main = MAIN,
): Program {
  let log = "";
  let child: ChildProcess | undefined;
  /** Resolves with the exit code when all that the process has said is read, too. */
  let over: Promise<[number | null]>;
  return {
    get pid() {
      return child?.pid ?? 0;
    },
    get runs() {
      return child !== undefined && child.exitCode === null && child.signalCode === null;
    },
    log: () => log,
    async start() {
      const limit = files === undefined ? "" : `ulimit -n ${files}; `;
      const started = spawn("/bin/sh", ["-c", `${limit}exec "$0" "$1"`, process.execPath, main], {
        env: { PATH: process.env["PATH"], ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      child = started;
      over = once(started, "close") as typeof over;
      started.stderr.on("data", (chunk) => (log += String(chunk)));
      await new Promise<void>((resolve, reject) => {
        started.stdout.once("data", () => resolve());
        started.once("close", (code) => reject(new Error(`Posthorn ended with ${code}:\n${log}`)));
      });
    },
    async ended(signal) {
      if (signal !== undefined) child?.kill(signal);
      return (await over)[0];
    },
  };
}
