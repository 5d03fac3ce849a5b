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

/** Rows as a transaction sees them. A row that is read and written again and again is encoded once. */
export class Batch implements Rows {
  readonly #db: Database;
  /** Rows that were read, across batches; undefined = there is none. */
  readonly #hot = new Map<string, unknown>();
  /** Hot rows that this batch has changed, and the kinds they are of. */
  readonly #dirty = new Set<string>();
  readonly #dirtyKinds = new Set<string>();

  constructor(db: Database) {
    this.#db = db;
  }

  get<Row>(key: RowKey<Row>): Row | undefined {
    let row: unknown = this.#hot.get(key);
    if (row === undefined && !this.#hot.has(key)) {
      row = inStore(() => this.#db.get(key) as unknown);
      this.#hot.set(key, row);
    }
    return row as Row | undefined;
  }

  put<Row>(key: RowKey<Row>, row: Row): void {
    if (!this.#hot.has(key)) return inStore(() => this.#db.putSync(key, row));
    this.#hot.set(key, row);
    if (this.#dirty.has(key)) return;
    this.#dirty.add(key);
    this.#dirtyKinds.add(kindOf(key));
  }

  remove(key: string): void {
    if (this.#hot.has(key)) this.put(key, undefined);
    else inStore(() => this.#db.removeSync(key));
  }

  range<Row>(prefix: RowKey<Row>, bounds: Bounds = {}): Iterable<readonly [number, Row]> {
    if (this.#dirtyKinds.has(kindOf(prefix))) this.flush();
    return range(this.#db, prefix, bounds);
  }

  /** Writes the changed rows into the transaction. */
  flush(): void {
    inStore(() => {
      for (const key of this.#dirty) {
        const row = this.#hot.get(key);
        if (row === undefined) this.#db.removeSync(key);
        else this.#db.putSync(key, row);
      }
    });
    this.#dirty.clear();
    this.#dirtyKinds.clear();
  }

  /** Tidies after a commit: rows that were read stay at hand while they fit. */
  trim(): void {
    if (this.#hot.size > HOT_MAX) this.#hot.clear();
  }

  /** Forgets all rows, after a transaction that came to nothing, and when somebody else has written. */
  forget(): void {
    this.#hot.clear();
    this.#dirty.clear();
    this.#dirtyKinds.clear();
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
