import { spawn } from "node:child_process";
import { once } from "node:events";
import { setPriority } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

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
  const program = fileURLToPath(new URL("store/sum.mjs", import.meta.url));
  const adder = spawn(process.execPath, [program, dir], {
    stdio: ["ignore", "pipe", "ignore"],
    timeout: SUM_MS,
    killSignal: "SIGKILL",
    signal,
  });
  const late = setTimeout(() => adder.kill("SIGKILL"), STAND_MS);
  const lines: string[] = [];
  const stands = new Promise<void>((stand) => {
    createInterface({ input: adder.stdout }).on("line", (line) => {
      lines.push(line);
      clearTimeout(late);
      stand();
    });
    adder.once("close", () => stand());
  });
  adder.once("spawn", () => void (adder.pid && setPriority(adder.pid, LEAST_PRIORITY)));
  const over = once(adder, "close") as Promise<[number | null, string | null]>;
  const sum = over.then(([code, killed]) => {
    clearTimeout(late);
    const [moment = "{}", total] = lines;
    if (code !== 0 || total === undefined)
      throw new Error(`reading the rows ends with ${killed ?? code}`);
    const at = JSON.parse(moment) as { readonly seq?: number };
    return at.seq === seq ? (JSON.parse(total) as Sum) : undefined;
  });
  return { stands, sum };
}
