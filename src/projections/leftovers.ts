import { rmSync } from "node:fs";
import type { Logger } from "pino";

/** A folder that could not be removed is tried again so often: a look costs nothing, and nobody waits for it. */
const AGAIN_MS = 60_000;

interface Parts {
  /** Folder of the views of a stream. */
  readonly dirOf: (stream: string) => string;
  /** Takes a folder away; that of the file system unless told. @throws Error */
  readonly remove?: (dir: string) => void;
  /** ms since any moment; it never goes back. */
  readonly elapsed: () => number;
  readonly log: Logger;
}

const removeAll = (dir: string): void => rmSync(dir, { recursive: true, force: true });

/** Folders of views that this process has let go of: one that cannot be removed is tried again each minute, and said twice, at first and at the end. */
export class Leftovers {
  readonly #parts: Parts;
  /** When each is tried again: of one stream at most one. */
  readonly #dueAt = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The views of a stream are closed: their folder is of no use here any more. */
  drop(stream: string): void {
    if (this.#remove(stream))
      this.#parts.log.info({ stream }, "views of a stream are kept by other processes: let go");
  }

  /** Its views are begun here again, on whatever is left. */
  keep(stream: string): void {
    this.#dueAt.delete(stream);
  }

  /** Tries again what is due. */
  turn(): void {
    const { elapsed, log } = this.#parts;
    for (const [stream, dueAt] of this.#dueAt)
      if (elapsed() >= dueAt && this.#remove(stream))
        log.info({ stream }, "folder of views that were let go is removed");
  }

  #remove(stream: string): boolean {
    const { dirOf, remove = removeAll, elapsed, log } = this.#parts;
    try {
      remove(dirOf(stream));
      this.#dueAt.delete(stream);
      return true;
    } catch (error) {
      if (!this.#dueAt.has(stream))
        log.error(
          { stream, error },
          "folder of views that were let go not removed: trying again each minute",
        );
      this.#dueAt.set(stream, elapsed() + AGAIN_MS);
      return false;
    }
  }
}
