import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Facts } from "../gateway/ports.ts";
import { UnavailableError } from "../nats/publish/publication.ts";
import { StartError } from "../start-error.ts";
import type { Part } from "./scope.ts";

const LOOK_MS = 1_000;

/** A folder or file as it was found at the start. */
interface Found {
  readonly path: string;
  /** Of a folder; what lies in it may be another file each time. */
  readonly inode: number | undefined;
}

/**
 * Tells whether the broker's store is still the one of the start. A broker goes on writing into files
 * that somebody has removed, and acknowledges what is lost when it ends: so folders of the streams are
 * looked at each second, by inode, and in each the file that describes it and the folder of its messages.
 */
export class StoreFolder implements Part {
  readonly #dir: string;
  readonly #streams: readonly string[];
  readonly #log: Logger;
  #found: readonly Found[] = [];
  #timer: NodeJS.Timeout | undefined;
  #gone = false;

  /** `dir`: the broker's `store_dir`. `streams`: those that must be in it. */
  constructor(dir: string, streams: Iterable<string>, log: Logger) {
    this.#dir = dir;
    this.#streams = [...streams];
    this.#log = log.child({ part: "store" });
  }

  /** Has any of it been removed or replaced since the start? */
  get gone(): boolean {
    return this.#gone;
  }

  /** @throws StartError when the folder is not that of a store with these streams. */
  async start(): Promise<void> {
    try {
      this.#found = [await folder(this.#dir), ...(await this.#streamsFound())];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new StartError(`NATS_STORE_DIR is not the store of this broker: ${why}`);
    }
    this.#plan();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #streamsFound(): Promise<Found[]> {
    const all = join(this.#dir, "jetstream");
    // One folder per account; only one has the streams of this program.
    for (const account of await readdir(all)) {
      // Beside accounts there may be files; they have no streams.
      const there = await readdir(join(all, account, "streams")).catch((): string[] => []);
      if (!this.#streams.every((name) => there.includes(name))) continue;
      const each = this.#streams.map(async (name) => {
        const path = join(all, account, "streams", name);
        const parts = ["meta.inf", "msgs"].map((part) => join(path, part));
        return [await folder(path), ...parts.map((part) => ({ path: part, inode: undefined }))];
      });
      return (await Promise.all(each)).flat();
    }
    throw new Error(`${all} has no ${this.#streams[0]}`);
  }

  #plan(): void {
    this.#timer = setTimeout(() => void this.#look(), LOOK_MS).unref();
  }

  async #look(): Promise<void> {
    const missing = await firstMissing(this.#found);
    if (this.#timer === undefined) return;
    if (missing !== undefined && !this.#gone)
      this.#log.error({ missing }, "the broker's store was removed while it runs");
    if (missing === undefined && this.#gone) this.#log.warn("the broker's store is back");
    this.#gone = missing !== undefined;
    this.#plan();
  }
}

/** Stores nothing while the store's folder is gone: the broker says "stored" of what it will lose. */
export const honest = (facts: Facts, store: Pick<StoreFolder, "gone"> | undefined): Facts => ({
  ...facts,
  state: (...stated) =>
    store?.gone === true
      ? Promise.reject(new UnavailableError("the broker's store was removed"))
      : facts.state(...stated),
});

const folder = async (path: string): Promise<Found> => ({ path, inode: (await stat(path)).ino });

/** One after the other: a thousand streams must not take the file system's threads from the rest. */
async function firstMissing(found: readonly Found[]): Promise<string | undefined> {
  for (const { path, inode } of found) {
    // A path that cannot be looked at is as good as gone.
    const now = await stat(path).catch(() => undefined);
    if (now === undefined || (inode !== undefined && now.ino !== inode)) return path;
  }
  return undefined;
}
