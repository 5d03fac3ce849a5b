import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { open, type RootDatabase, type RootDatabaseOptions } from "lmdb";
import type { Logger } from "pino";
import { claim, isTorn, settle } from "./boot.ts";
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
  readonly #tables = new Map<string, Table>();

  constructor({ dir, log, bytesMax = BYTES_MAX }: StoreOptions) {
    mkdirSync(dir, { recursive: true });
    this.#file = join(dir, "data.mdb");
    this.#bytesMax = bytesMax;
    if (isTorn(this.#file)) {
      log.warn({ file: this.#file }, "the machine went down while views were written: dropped");
      rmSync(this.#file);
    }
    claim(this.#file);
    this.#root = openFile(dir);
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

  #ensureRoom(): void {
    const { size } = statSync(this.#file);
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
