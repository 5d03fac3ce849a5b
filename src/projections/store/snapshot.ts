import { existsSync } from "node:fs";
import type { Database, RootDatabase } from "lmdb";
import { ENCODING, fileIn, openFile } from "./store.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { CHECKPOINT } from "./table.ts";

/** One state of the views, byte for byte, while another process goes on writing them. */
export class Snapshot {
  readonly #root: RootDatabase;
  readonly #read: ReturnType<RootDatabase["useReadTransaction"]>;
  readonly #bytes = new Map<string, Database<Buffer, string>>();
  readonly #checkpoints = new Map<string, Checkpoint>();

  /** The file has been looked at (`inspection.ts`). @throws Error when there are no views to read. */
  constructor(dir: string, streams: readonly string[]) {
    if (!existsSync(fileIn(dir))) throw new Error(`there are no views in ${dir}`);
    this.#root = openFile(dir, true);
    const rows = new Map<string, Database>();
    for (const stream of streams) {
      // Undefined when the file has no such table, whatever the type says.
      const bytes: Database<Buffer, string> | undefined = this.#root.openDB(stream, BYTES);
      if (bytes === undefined) continue;
      this.#bytes.set(stream, bytes);
      rows.set(stream, this.#root.openDB(stream, ENCODING));
    }
    this.#read = this.#root.useReadTransaction();
    // Both reads are of one turn, and so of the same state.
    for (const [stream, db] of rows) {
      const checkpoint = db.get(CHECKPOINT) as Checkpoint | undefined;
      if (checkpoint !== undefined) this.#checkpoints.set(stream, checkpoint);
    }
  }

  checkpoint(stream: string): Checkpoint | undefined {
    return this.#checkpoints.get(stream);
  }

  /** Every row of a stream but the checkpoint, in key order, encoded as it is stored. */
  *rows(stream: string): Generator<readonly [key: string, row: Buffer], undefined> {
    const transaction = this.#read;
    for (const { key, value } of this.#bytes.get(stream)?.getRange({ transaction }) ?? [])
      if (key !== CHECKPOINT) yield [key, value];
  }

  async close(): Promise<void> {
    this.#read.done();
    await this.#root.close();
  }
}

const BYTES = { encoding: "binary" } as const;
