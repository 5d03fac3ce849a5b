import {
  beyond,
  lastNumberOf,
  lowest,
  type Bounds,
  type RowKey,
  type Rows,
} from "../projections/store/rows.ts";

/** Rows without a disk. A row that is put in is frozen: a projection that changes a row in place fails. */
export class MemoryRows implements Rows {
  readonly all = new Map<string, unknown>();

  get<Row>(key: RowKey<Row>): Row | undefined {
    return this.all.get(key) as Row | undefined;
  }

  put<Row>(key: RowKey<Row>, row: Row): void {
    this.all.set(key, Object.freeze(row));
  }

  remove(key: string): void {
    this.all.delete(key);
  }

  *range<Row>(prefix: RowKey<Row>, bounds: Bounds = {}): Iterable<readonly [number, Row]> {
    const low = lowest(prefix, bounds);
    const high = beyond(prefix, bounds);
    const keys = [...this.all.keys()].filter((key) => key >= low && key < high).toSorted();
    for (const key of bounds.reverse ? keys.toReversed() : keys)
      yield [lastNumberOf(key), this.all.get(key) as Row];
  }
}
