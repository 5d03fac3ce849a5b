import { existsSync } from "node:fs";
import type { Database, RootDatabase } from "lmdb";
import { ENCODING, fileIn, openFile, ROWS } from "./store.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { CHECKPOINT } from "./table.ts";

const BYTES = { encoding: "binary" } as const;

/** One state of the views of a stream, byte for byte, while another process goes on writing them. */
export class Snapshot {
  readonly #root: RootDatabase;
  readonly #read: ReturnType<RootDatabase["useReadTransaction"]>;
  readonly #bytes: Database<Buffer, string>;
  readonly checkpoint: Checkpoint | undefined;

  /** The snapshot of a folder; undefined: it has no views to read. The file has been looked at (`inspection.ts`). */
  static of(dir: string): Snapshot | undefined {
    if (!existsSync(fileIn(dir))) return undefined;
    const root = openFile(dir, true);
    // Undefined when the file has no such database, whatever the type says.
    const bytes: Database<Buffer, string> | undefined = root.openDB(ROWS, BYTES);
    if (bytes !== undefined) return new Snapshot(root, bytes);
    void root.close();
    return undefined;
  }

  private constructor(root: RootDatabase, bytes: Database<Buffer, string>) {
    this.#root = root;
    this.#bytes = bytes;
    const rows = root.openDB(ROWS, ENCODING);
    // Both reads are of one turn, and so of the same state.
    this.#read = root.useReadTransaction();
    this.checkpoint = rows.get(CHECKPOINT) as Checkpoint | undefined;
  }

  /** Every row but the checkpoint, in key order, encoded as it is stored. */
  *rows(): Generator<readonly [key: string, row: Buffer], undefined> {
    for (const { key, value } of this.#bytes.getRange({ transaction: this.#read }))
      if (key !== CHECKPOINT) yield [key, value];
  }

  async close(): Promise<void> {
    this.#read.done();
    await this.#root.close();
  }
}
