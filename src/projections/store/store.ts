import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { open, type RootDatabase, type RootDatabaseOptions } from "lmdb";
import type { Logger } from "pino";
import { StoreError } from "./batch.ts";
import { claim, markOf, settle } from "./boot.ts";
import { damageOf, VIEW_FILES } from "./inspection.ts";
import { Table, type Databases } from "./table.ts";

/** Rows and scratch. */
const DATABASES_MAX = 2;
/** LMDB's file grows by itself; this is where it is stopped. */
const BYTES_MAX = 64 * 2 ** 30;
/** The name of the database that has the rows. */
export const ROWS = "rows";
/** Plain maps: a row's bytes do not depend on what was stored before it. */
export const ENCODING: RootDatabaseOptions = { encoder: { useRecords: false } };

export interface StoreOptions {
  /** Folder of the views of one stream; made when missing. */
  readonly dir: string;
  readonly log: Logger;
  /** Limit of the file. */
  readonly bytesMax?: number | undefined;
}

/** The folder of one stream's views, below that of all views. */
export const folderOf = (dir: string, stream: string): string => join(dir, stream);

/**
 * The views of one stream on disk: an LMDB file. Nothing is flushed: the kernel keeps
 * what a dying process has written, and after a power cut the views are built anew
 * (docs/adr/0003). Several processes may have it open.
 */
export class ViewStore {
  readonly #root: RootDatabase;
  readonly #file: string;
  readonly #bytesMax: number;
  readonly #inode: number;
  readonly #copying = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;
  /** The rows, and how far they are. */
  readonly table: Table;

  /**
   * Opens the views of a stream. A file that must not be opened is dropped, with a warning: its views
   * are built anew.
   * @throws Error when the folder cannot be used.
   */
  static async open(options: StoreOptions): Promise<ViewStore> {
    const { dir, log } = options;
    mkdirSync(dir, { recursive: true });
    const file = fileIn(dir);
    const damage = await damageOf(file);
    if (damage !== undefined) {
      log.warn({ file, damage }, "views are damaged: dropped, they are built anew");
      dropViews(dir);
    }
    return new ViewStore(options);
  }

  private constructor({ dir, bytesMax = BYTES_MAX }: StoreOptions) {
    this.#file = fileIn(dir);
    this.#bytesMax = bytesMax;
    const isThere = existsSync(this.#file);
    claim(this.#file, isThere && markOf(this.#file) !== "whole");
    this.#root = openFile(dir);
    this.#inode = statSync(this.#file).ino;
    this.table = new Table(databases(this.#root), () => this.#ensureRoom());
  }

  /** Has the file been removed or replaced? Then whatever is written here is seen by nobody. */
  get gone(): boolean {
    return inodeOf(this.#file) !== this.#inode;
  }

  /** Copies the file as it is at this moment, without what is free in it, into a folder that is there. Writing goes on meanwhile. */
  async copyTo(dir: string): Promise<void> {
    const copying = this.#root.backup(dir, true);
    this.#copying.add(copying);
    await copying.finally(() => this.#copying.delete(copying));
  }

  #ensureRoom(): void {
    const { size, ino } = statSync(this.#file, { throwIfNoEntry: false }) ?? { size: 0, ino: 0 };
    if (ino !== this.#inode) throw new Error("the views' file has gone");
    if (size > this.#bytesMax)
      throw new Error(`the views are full: ${size} bytes, the limit is ${this.#bytesMax}`);
  }

  /**
   * Flushes and closes, once. `last`: no other process writes here, so from now on even a power cut
   * leaves the views whole.
   */
  close({ last = true } = {}): Promise<void> {
    return (this.#closing ??= this.#close(last));
  }

  async #close(last: boolean): Promise<void> {
    // LMDB reads the file in another thread for a copy.
    await Promise.allSettled(this.#copying);
    await this.#root.close();
    if (last) settle(this.#file);
  }
}

export const fileIn = (dir: string): string => join(dir, "data.mdb");

/** Undefined: nothing is there that can be looked at. A file in the place of the folder is an error, too, where a folder that is not there is none. */
function inodeOf(file: string): number | undefined {
  try {
    return statSync(file).ino;
  } catch {
    return undefined;
  }
}

/** Removes the views of a stream, unopened. */
export function dropViews(dir: string): void {
  for (const name of VIEW_FILES) rmSync(join(dir, name), { recursive: true, force: true });
}

/** LMDB's numbers for a file that is not what it should be: page not found, corrupted, panic, invalid. */
const DAMAGE: ReadonlySet<unknown> = new Set([-30_797, -30_796, -30_795, -30_793]);

/** Is an error LMDB's word that the file is damaged? Building the views anew mends it. */
export const isDamage = (error: unknown): boolean =>
  error instanceof Error &&
  (("code" in error && DAMAGE.has(error.code)) ||
    (error instanceof StoreError && isDamage(error.cause)));

/** No flush by LMDB, neither at once nor later: see {@link ViewStore}. */
export const openFile = (path: string, readOnly = false): RootDatabase =>
  open({
    path,
    readOnly,
    ...ENCODING,
    noSync: true,
    overlappingSync: false,
    maxDbs: DATABASES_MAX,
  });

/** The databases of a file, made when missing. */
export const databases = (root: RootDatabase): Databases => ({
  rows: root.openDB(ROWS, ENCODING),
  scratch: root.openDB("scratch", ENCODING),
});
