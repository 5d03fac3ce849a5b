import type { Database, RangeOptions } from "lmdb";
import { FORMAT } from "../project.ts";
import {
  beyond,
  kind,
  lowest,
  numberOf,
  type Bounds,
  type Key,
  type Kind,
  type Reading,
  type Rows,
} from "./rows.ts";

/** How far the views of a stream have come. Committed together with the rows. */
export interface Checkpoint {
  /** The life of the stream that was read. */
  readonly epoch: string;
  readonly seq: number;
}

/** Rows kept decoded per stream, at a few hundred bytes each. */
const HOT_MAX = 8_192;
export const CHECKPOINT = "checkpoint";
const checkpointKey: Kind<readonly [format: number, epoch: string, seq: number]> = kind(CHECKPOINT);

/** Somebody else has brought these views on, or dropped them: `stored` is how far they are. */
export class MovedError extends Error {
  override readonly name = "MovedError";
  readonly stored: Checkpoint | undefined;

  constructor(stored: Checkpoint | undefined) {
    super("the views were changed by another process");
    this.stored = stored;
  }
}

/** The rows of one stream in LMDB, as they are committed. Reads within one turn see one state. */
export class Table implements Reading {
  readonly #db: Database;
  readonly #ensureRoom: () => void;
  readonly #batch: Batch;

  /** `ensureRoom` throws when nothing more may be written. */
  constructor(db: Database, ensureRoom: () => void) {
    this.#db = db;
    this.#ensureRoom = ensureRoom;
    this.#batch = new Batch(db);
  }

  get<Row>(key: Key<Row>): Row | undefined {
    return this.#db.get(key) as Row | undefined;
  }

  range<Row>(prefix: Key<Row>, bounds: Bounds = {}): Iterable<readonly [number, Row]> {
    return range(this.#db, prefix, bounds);
  }

  /** Undefined: nothing yet, or written by a version that projected otherwise. */
  checkpoint(): Checkpoint | undefined {
    const stored = this.get(checkpointKey());
    return stored?.[0] === FORMAT ? { epoch: stored[1], seq: stored[2] } : undefined;
  }

  /**
   * Writes rows and moves the checkpoint, both or neither. Not flushed to disk.
   * @throws MovedError when the checkpoint is not `from` any more; whatever `write` throws; an
   * error that says the views or the disk are full.
   */
  commit(from: Checkpoint, seq: number, write: (rows: Rows) => void): void {
    this.#ensureRoom();
    try {
      this.#db.transactionSync(() => {
        const stored = this.checkpoint();
        if (stored?.epoch !== from.epoch || stored.seq !== from.seq) throw new MovedError(stored);
        write(this.#batch);
        this.#batch.flush();
        this.#db.putSync(CHECKPOINT, [FORMAT, from.epoch, seq]);
      });
    } catch (error) {
      this.#batch.forget();
      throw error;
    }
    this.#batch.trim();
  }

  /** Drops every row; the views are to be built from the beginning of `epoch`. */
  reset(epoch: string): Checkpoint {
    this.#batch.forget();
    this.#db.transactionSync(() => {
      this.#db.clearSync();
      this.#db.putSync(CHECKPOINT, [FORMAT, epoch, 0]);
    });
    return { epoch, seq: 0 };
  }
}

/** Rows as a batch sees them. A row that is read and written again and again is encoded once. */
class Batch implements Rows {
  readonly #db: Database;
  /** Rows that were read, across batches; undefined = there is none. */
  readonly #hot = new Map<string, unknown>();
  /** Hot rows that this batch has changed, and the kinds they are of. */
  readonly #dirty = new Set<string>();
  readonly #dirtyKinds = new Set<string>();

  constructor(db: Database) {
    this.#db = db;
  }

  get<Row>(key: Key<Row>): Row | undefined {
    let row: unknown = this.#hot.get(key);
    if (row === undefined && !this.#hot.has(key)) {
      row = this.#db.get(key);
      this.#hot.set(key, row);
    }
    return row as Row | undefined;
  }

  put<Row>(key: Key<Row>, row: Row): void {
    if (!this.#hot.has(key)) return this.#db.putSync(key, row);
    this.#hot.set(key, row);
    if (this.#dirty.has(key)) return;
    this.#dirty.add(key);
    this.#dirtyKinds.add(kindOf(key));
  }

  remove(key: string): void {
    if (this.#hot.has(key)) this.put(key, undefined);
    else this.#db.removeSync(key);
  }

  range<Row>(prefix: Key<Row>, bounds: Bounds = {}): Iterable<readonly [number, Row]> {
    if (this.#dirtyKinds.has(kindOf(prefix))) this.flush();
    return range(this.#db, prefix, bounds);
  }

  flush(): void {
    for (const key of this.#dirty) {
      const row = this.#hot.get(key);
      if (row === undefined) this.#db.removeSync(key);
      else this.#db.putSync(key, row);
    }
    this.#dirty.clear();
    this.#dirtyKinds.clear();
  }

  /** After a commit: what was read stays at hand while it fits. */
  trim(): void {
    if (this.#hot.size > HOT_MAX) this.#hot.clear();
  }

  /** After a batch that came to nothing, or when somebody else has written. */
  forget(): void {
    this.#hot.clear();
    this.#dirty.clear();
    this.#dirtyKinds.clear();
  }
}

const kindOf = (key: string): string => key.slice(0, key.indexOf("/"));

function* range<Row>(
  db: Database,
  prefix: Key<Row>,
  bounds: Bounds,
): Iterable<readonly [number, Row]> {
  const low = lowest(prefix, bounds);
  const high = beyond(prefix, bounds);
  const options: RangeOptions = bounds.reverse
    ? { start: high, exclusiveStart: true, end: low, inclusiveEnd: true, reverse: true }
    : { start: low, end: high };
  for (const { key, value } of db.getRange(options)) yield [numberOf(key as string), value as Row];
}
