import { appendFile, readFile, rename, writeFile } from "node:fs/promises";
import type { Generation } from "./generation.ts";
import { keep, type Changes, type DoneKey } from "./storage.ts";

/** Lines of a file behind which it is written anew, where half of them say nothing any more. */
const LINES_MAX = 20_000;

/** One line: a key that is done, or one that is forgotten. The first line names the storage's life. */
type Line = DoneKey | { readonly undone: string };

/** Keys of sends that are done, in a file that grows by a line for each: a bot has many, one after the other. */
export class KeysFile {
  readonly #path: string;
  readonly all = new Map<string, DoneKey>();
  /** The life that the file is of; undefined: the file is to be written anew. */
  #generation: Generation | undefined;
  #lines = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads what is there, if it is of that life. Half a line, at a crash, is left out. */
  async load(generation: Generation | undefined): Promise<void> {
    this.all.clear();
    const [head, ...lines] = (await textOf(this.#path)).split("\n");
    if (head !== generation) return;
    // Behind half a line nothing may be appended: the next save writes the file anew.
    this.#generation = lines.at(-1) === "" ? generation : undefined;
    this.#lines = lines.length;
    for (const line of lines.flatMap(lineOf))
      keep(this.all, "undone" in line ? { undone: [line.undone] } : { done: [line] });
  }

  async save(generation: Generation, changes: Changes): Promise<void> {
    const { done = [], undone = [], forget = false, voidKeys = forget } = changes;
    keep(this.all, changes);
    const lines: Line[] = [...done, ...undone.map((key) => ({ undone: key }))];
    const isWhole = generation === this.#generation && !voidKeys;
    if (isWhole && lines.length === 0) return;
    this.#lines += lines.length;
    if (isWhole && this.#lines <= LINES_MAX) return appendFile(this.#path, textFor(lines));
    await writeFile(`${this.#path}.new`, `${generation}\n${textFor([...this.all.values()])}`);
    await rename(`${this.#path}.new`, this.#path);
    this.#generation = generation;
    this.#lines = this.all.size;
  }
}

const textFor = (lines: readonly Line[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join("");

function lineOf(text: string): Line[] {
  try {
    return [JSON.parse(text) as Line];
  } catch {
    return [];
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
