import type { Database } from "lmdb";
import type { Anchor } from "../../events/record.ts";
import { Batch, range, split } from "./batch.ts";
import { alike, later, type Checkpoint } from "./checkpoint.ts";
import {
  kind,
  rowsOfKind,
  type Bounds,
  type RowKey,
  type Kind,
  type Reading,
  type Rows,
} from "./rows.ts";

export const CHECKPOINT = "checkpoint";
const checkpointKey: Kind<Checkpoint> = kind(CHECKPOINT);

/** Another process has brought these views on, or dropped them: `stored` is how far they are. */
export class MovedError extends Error {
  override readonly name = "MovedError";
  readonly stored: Checkpoint | undefined;

  constructor(stored: Checkpoint | undefined) {
    super("the views were changed by another process");
    this.stored = stored;
  }
}

/** The LMDB databases of one stream. */
export interface Databases {
  readonly rows: Database;
  /** Rows of views that stand, as they were at the place of those that are built anew. */
  readonly scratch: Database;
}

/** The rows of one stream in LMDB, as they are committed. Reads within one turn see one state. */
export class Table implements Reading {
  readonly #db: Database;
  readonly #scratch: Database;
  readonly #ensureRoom: () => void;
  readonly #batch: Batch;
  readonly #aside: Batch;

  /** `ensureRoom` throws when nothing more may be written. */
  constructor({ rows, scratch }: Databases, ensureRoom: () => void) {
    this.#db = rows;
    this.#scratch = scratch;
    this.#ensureRoom = ensureRoom;
    this.#batch = new Batch(rows);
    this.#aside = new Batch(scratch);
  }

  get<Row>(key: RowKey<Row>): Row | undefined {
    return this.#db.get(key) as Row | undefined;
  }

  range<Row>(prefix: RowKey<Row>, bounds: Bounds = {}): Iterable<readonly [number, Row]> {
    return range(this.#db, prefix, bounds);
  }

  /** Undefined: nothing is here yet. */
  checkpoint(): Checkpoint | undefined {
    return this.get(checkpointKey());
  }

  /**
   * Writes rows and moves the checkpoint to `seq`, the last entry being `on`, both or neither. Not flushed to disk. While views
   * are behind, `write` sees and changes their rows alone; every other row is of a scratch that goes
   * when they have caught up.
   * @returns the checkpoint as it is now.
   * @throws MovedError when the checkpoint is not `from` any more; whatever `write` throws; an
   * error that says the views or the disk are full.
   */
  commit(from: Checkpoint, seq: number, write: (rows: Rows) => void, on?: Anchor): Checkpoint {
    this.#ensureRoom();
    const to = later(from, seq, on);
    this.#transaction(() => {
      const stored = this.checkpoint();
      if (stored === undefined || !alike(stored, from)) throw new MovedError(stored);
      write(this.#rowsAt(from));
      this.#batch.flush();
      if (to.behind !== undefined) this.#aside.flush();
      else if (from.behind !== undefined) this.#scratch.clearSync();
      this.#db.putSync(CHECKPOINT, to);
    });
    if (to.behind === undefined) this.#aside.forget();
    this.#batch.trim();
    this.#aside.trim();
    return to;
  }

  /** Drops every row, and begins again at `to`. */
  reset(to: Checkpoint): Checkpoint {
    this.#transaction(() => {
      this.#db.clearSync();
      this.#scratch.clearSync();
      this.#db.putSync(CHECKPOINT, to);
    });
    this.#forget();
    return to;
  }

  /** Drops the rows of these kinds, and begins again at `to`. */
  drop(kinds: readonly string[], to: Checkpoint): Checkpoint {
    this.#transaction(() => {
      for (const each of kinds)
        for (const key of this.#db.getKeys(rowsOfKind(each))) this.#db.removeSync(key);
      this.#scratch.clearSync();
      this.#db.putSync(CHECKPOINT, to);
    });
    this.#forget();
    return to;
  }

  #rowsAt({ behind, views }: Checkpoint): Rows {
    if (behind === undefined) return this.#batch;
    const kinds = new Set(behind.views.flatMap((view) => views[view]?.kinds ?? []));
    return split(this.#batch, kinds, this.#aside);
  }

  #transaction(write: () => void): void {
    try {
      this.#db.transactionSync(write);
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  #forget(): void {
    this.#batch.forget();
    this.#aside.forget();
  }
}
