import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { open, type RootDatabase, type RootDatabaseOptions } from "lmdb";
import type { Logger } from "pino";
import { StoreError } from "./batch.ts";
import { claim, markOf, settle } from "./boot.ts";
import { damageOf } from "./inspection.ts";
import { Table, type Databases } from "./table.ts";

/** As many partitions as there may be, and the activity; a stream has two databases. */
const DATABASES_MAX = 2 * 1_025;
/** LMDB's file grows by itself; this is where it is stopped. */
const BYTES_MAX = 64 * 2 ** 30;
/** Plain maps: a row's bytes do not depend on what was stored before it. */
export const ENCODING: RootDatabaseOptions = { encoder: { useRecords: false } };

export interface StoreOptions {
  /** Folder of the views; made when missing. */
  readonly dir: string;
  readonly log: Logger;
  /** Limit of the file. */
  readonly bytesMax?: number;
}

/**
 * The views on disk: one LMDB file with a table per stream. Nothing is flushed: the kernel keeps
 * what a dying process has written, and after a power cut the views are built anew
 * (docs/adr/0003). Several processes may have it open.
 */
export class ViewStore {
  readonly #root: RootDatabase;
  readonly #file: string;
  readonly #bytesMax: number;
  readonly #inode: number;
  readonly #tables = new Map<string, Table>();

  /**
   * Opens the views of a folder. A file that must not be opened is dropped, with a warning: its views
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
  }

  /** The views of one stream. */
  table(stream: string): Table {
    let table = this.#tables.get(stream);
    if (table === undefined) {
      table = new Table(databases(this.#root, stream), () => this.#ensureRoom());
      this.#tables.set(stream, table);
    }
    return table;
  }

  /** Has the file been removed or replaced? Then whatever is written here is seen by nobody. */
  get gone(): boolean {
    return statSync(this.#file, { throwIfNoEntry: false })?.ino !== this.#inode;
  }

  #ensureRoom(): void {
    const { size, ino } = statSync(this.#file, { throwIfNoEntry: false }) ?? { size: 0, ino: 0 };
    if (ino !== this.#inode) throw new Error("the views' file has gone");
    if (size > this.#bytesMax)
      throw new Error(`the views are full: ${size} bytes, the limit is ${this.#bytesMax}`);
  }

  /**
   * Flushes and closes. `last`: no other process writes here, so from now on even a power cut
   * leaves the views whole.
   */
  async close({ last = true } = {}): Promise<void> {
    await this.#root.close();
    if (last) settle(this.#file);
  }
}

export const fileIn = (dir: string): string => join(dir, "data.mdb");

/** Removes the views of a folder, unopened. */
export function dropViews(dir: string): void {
  for (const name of ["data.mdb", "lock.mdb", "boot"]) rmSync(join(dir, name), { force: true });
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

/** The databases of a stream, made when missing. No stream has a space in its name. */
export const databases = (root: RootDatabase, stream: string): Databases => ({
  rows: root.openDB(stream, ENCODING),
  scratch: root.openDB(`${stream} scratch`, ENCODING),
});
