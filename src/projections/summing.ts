import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setPriority } from "node:os";
import { createInterface } from "node:readline";
import { SUM } from "./apart.ts";

/** The process has the moment within this: it is started, and opens the file. */
const STAND_MS = 5_000;
/** It adds up 64 GiB in less. */
const SUM_MS = 30 * 60_000;
/** It takes the time of the processor that nobody else wants. */
const LEAST_PRIORITY = 19;

/** The rows of a stream's views at one moment: how many, and their sum. */
export interface Sum {
  readonly rows: number;
  readonly sum: string;
}

/** The adding up of rows. */
export interface Summing {
  /** Resolves when the process has its moment, or has failed: from then on the views may be written. */
  readonly stands: Promise<void>;
  /** Undefined: another moment was met than was asked for. Rejects when the file cannot be read, or `signal` ends it. */
  readonly sum: Promise<Sum | undefined>;
}

/** Adds up the rows in a folder, in a process of its own, of the moment at which its checkpoint is at `seq`: nobody may write until that is known. */
export function sumOf(dir: string, seq: number, signal: AbortSignal): Summing {
  let stand = (): void => undefined;
  const stands = new Promise<void>((resolve) => (stand = resolve));
  const sum = linesOf(dir, signal, stand)
    // However it ends, nobody waits any longer for a moment.
    .finally(stand)
    .then(([moment = "{}", total]) => {
      if (total === undefined) throw new Error("the rows were not read to their end");
      const at = JSON.parse(moment) as { readonly seq?: number };
      return at.seq === seq ? (JSON.parse(total) as Sum) : undefined;
    });
  return { stands, sum };
}

/** The lines that the process says. Calls `stand` at the first one, or when that is too late. */
async function linesOf(dir: string, signal: AbortSignal, stand: () => void): Promise<string[]> {
  const adder: ChildProcess = spawn(process.execPath, [SUM, dir], {
    stdio: ["ignore", "pipe", "ignore"],
    timeout: SUM_MS,
    killSignal: "SIGKILL",
    signal,
  });
  adder.once("spawn", () => yieldTime(adder.pid));
  const late = setTimeout(() => {
    adder.kill("SIGKILL");
    stand();
  }, STAND_MS);
  const lines: string[] = [];
  const hear = (line: string): void => {
    lines.push(line);
    clearTimeout(late);
    stand();
  };
  // A process that could not be started, for want of file descriptors, has no output.
  if (adder.stdout) createInterface({ input: adder.stdout }).on("line", hear);
  try {
    const [code, killed] = (await once(adder, "close")) as [number | null, string | null];
    if (code !== 0) throw new Error(`reading the rows ends with ${killed ?? code}`);
    return lines;
  } finally {
    clearTimeout(late);
  }
}

/** Has a process take the least of the processor's time. */
function yieldTime(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, LEAST_PRIORITY);
  } catch {
    // Where a system forbids it, the rows are added up at the priority of this process.
  }
}
