import { createWriteStream, mkdirSync, readdirSync, readFileSync, type WriteStream } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import type { Deed, Happening } from "./happening.ts";

/** Writes a history down as it happens: JSONL, a file for each who tells. */
export class Recorder {
  readonly #dir: string;
  readonly #files = new Map<string, WriteStream>();
  /** Times of a history begin with it. */
  readonly #begin = performance.now();
  readonly #hearers = new Set<(happening: Happening) => void>();

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true });
    this.#dir = dir;
  }

  /** Somebody's pen: what it writes goes into `<name>.jsonl`. */
  pen(name: string): Pen {
    const file = createWriteStream(join(this.#dir, `${name}.jsonl`));
    this.#files.set(name, file);
    return (deed) => {
      const at = Math.round((performance.now() - this.#begin) * 1_000) / 1_000;
      const happening: Happening = { at, ...deed };
      file.write(`${JSON.stringify(happening)}\n`);
      for (const hear of this.#hearers) hear(happening);
    };
  }

  /** Calls back at each line that is written, whoever writes it. */
  hear(hear: (happening: Happening) => void): void {
    this.#hearers.add(hear);
  }

  /** Returns when all of it is in the files. */
  async close(): Promise<void> {
    for (const file of this.#files.values()) {
      file.end();
      await once(file, "close");
    }
  }
}

export type Pen = (deed: Deed) => void;

/** The lines of all files of a folder, in the order in which they happened. */
export function readHistory(dir: string): Happening[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(".jsonl"))
    .flatMap((name) => readFileSync(join(dir, name), "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Happening)
    .toSorted((a, b) => a.at - b.at);
}
