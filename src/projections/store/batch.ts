import type { Database, RangeOptions } from "lmdb";
import {
  beyond,
  kindOf,
  lowest,
  lastNumberOf,
  type Bounds,
  type RowKey,
  type Rows,
} from "./rows.ts";

/** Rows kept decoded, at a few hundred bytes each. */
const HOT_MAX = 8_192;

/** The rows cannot be read or written: the file's or the disk's trouble, no rule's. */
export class StoreError extends Error {
  override readonly name = "StoreError";

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function inStore<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new StoreError(error);
  }
}

/** A row that was read; undefined: there is none. */
interface Hot {
  row: unknown;
  /** Has this batch changed it? */
  isDirty: boolean;
}

/** Rows as a transaction sees them. A row that is read and written again and again is encoded once. */
export class Batch implements Rows {
  readonly #db: Database;
  /** Rows that were read, across batches. */
  readonly #hot = new Map<string, Hot>();
  /** The hot rows that this batch has changed, each once. */
  #dirty: (readonly [key: string, hot: Hot])[] = [];

  constructor(db: Database) {
    this.#db = db;
  }

  get<Row>(key: RowKey<Row>): Row | undefined {
    let hot = this.#hot.get(key);
    if (hot === undefined) {
      hot = { row: inStore(() => this.#db.get(key) as unknown), isDirty: false };
      this.#hot.set(key, hot);
    }
    return hot.row as Row | undefined;
  }

  put<Row>(key: RowKey<Row>, row: Row): void {
    const hot = this.#hot.get(key);
    if (hot === undefined) inStore(() => this.#db.putSync(key, row));
    else this.#change(key, hot, row);
  }

  remove(key: string): void {
    const hot = this.#hot.get(key);
    if (hot === undefined) inStore(() => this.#db.removeSync(key));
    else this.#change(key, hot, undefined);
  }

  #change(key: string, hot: Hot, row: unknown): void {
    hot.row = row;
    if (hot.isDirty) return;
    hot.isDirty = true;
    this.#dirty.push([key, hot]);
  }

  range<Row>(prefix: RowKey<Row>, bounds: Bounds = {}): Iterable<readonly [number, Row]> {
    this.flush();
    return range(this.#db, prefix, bounds);
  }

  /** Writes the changed rows into the transaction. */
  flush(): void {
    inStore(() => {
      for (const [key, hot] of this.#dirty) {
        hot.isDirty = false;
        if (hot.row === undefined) this.#db.removeSync(key);
        else this.#db.putSync(key, hot.row);
      }
    });
    this.#dirty = [];
  }

  /** Tidies after a commit: rows that were read stay at hand while they fit. */
  trim(): void {
    if (this.#hot.size > HOT_MAX) this.#hot.clear();
  }

  /** Forgets all rows, after a transaction that came to nothing, and when somebody else has written. */
  forget(): void {
    this.#hot.clear();
    this.#dirty = [];
  }
}

/** Rows of which some kinds lie here and all others there. */
export const split = (here: Rows, kinds: ReadonlySet<string>, there: Rows): Rows => {
  const place = (key: string): Rows => (kinds.has(kindOf(key)) ? here : there);
  return {
    get: (key) => place(key).get(key),
    range: (prefix, bounds) => place(prefix).range(prefix, bounds),
    put: (key, row) => place(key).put(key, row),
    remove: (key) => place(key).remove(key),
  };
};

/** The rows of a range as they are committed, or as the transaction under way has them. */
export function* range<Row>(
  db: Database,
  prefix: RowKey<Row>,
  bounds: Bounds,
): Iterable<readonly [number, Row]> {
  const low = lowest(prefix, bounds);
  const high = beyond(prefix, bounds);
  const options: RangeOptions = bounds.reverse
    ? { start: high, exclusiveStart: true, end: low, inclusiveEnd: true, reverse: true }
    : { start: low, end: high };
  const found = inStore(() => db.getRange(options)[Symbol.iterator]());
  try {
    for (;;) {
      const next = inStore(() => found.next());
      if (next.done === true) return;
      yield [lastNumberOf(next.value.key as string), next.value.value as Row];
    }
  } finally {
    found.return?.();
  }
}
