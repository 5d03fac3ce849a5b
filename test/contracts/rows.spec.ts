import { describe, expect, test } from "vitest";
import type { Reading, Rows } from "../../src/projections/store/rows.ts";
import { kind } from "../../src/projections/store/rows.ts";
import { ViewStore } from "../../src/projections/store/store.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { beginning } from "../projections/support.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";

/** A run of a projection: it writes, and when it is done its rows are read. */
type Run = (write: (rows: Rows) => void, check: (rows: Reading) => void) => Promise<void>;

const RUNS: Record<string, Run> = {
  "in memory": async (write, check) => {
    const rows = new MemoryRows();
    write(rows);
    check(rows);
  },
  "in LMDB": async (write, check) => {
    const store = await ViewStore.open({ dir: folder(), log: silent });
    const table = store.table;
    table.commit(table.reset(beginning("e")), 1, write);
    check(table);
    await store.close();
  },
};

const mark = kind("mark");
const at = (seq: number) => mark("alice", "bob", seq);

describe.each(Object.entries(RUNS))("rows %s", (_, run) => {
  test("are there as they were put, changed and removed", () =>
    run(
      (rows) => {
        expect(rows.get(at(1))).toBeUndefined();
        rows.put<unknown>(at(1), { a: [1, "x", true], b: 2 ** 44 + 7 });
        rows.put<unknown>(at(2), "never read");
        expect(rows.get(at(1))).toEqual({ a: [1, "x", true], b: 2 ** 44 + 7 });
        rows.put<unknown>(at(3), "first");
        rows.put<unknown>(at(3), "second");
        rows.put<unknown>(at(4), "gone");
        rows.remove(at(4));
        rows.remove(at(5));
      },
      (rows) => {
        expect(rows.get(at(1))).toEqual({ a: [1, "x", true], b: 2 ** 44 + 7 });
        expect(rows.get(at(2))).toBe("never read");
        expect(rows.get(at(3))).toBe("second");
        expect(rows.get(at(4))).toBeUndefined();
      },
    ));

  test("are in the order of their numbers, whatever those are", () => {
    const numbers = [0, 1, 35, 36, 1_295, 1_296, 2 ** 32, 2 ** 44 + 1, 2 ** 53 - 1];
    const expectOrder = (rows: Reading): void =>
      expect([...rows.range(mark("alice", "bob"))].map(([seq]) => seq)).toEqual(numbers);
    return run((rows) => {
      for (const seq of numbers.toReversed()) rows.put<unknown>(at(seq), seq);
      expectOrder(rows);
    }, expectOrder);
  });

  test("come from a first number up to before a last one, either way round", () =>
    run(
      (rows) => {
        for (let seq = 1; seq <= 9; seq++) rows.put<unknown>(at(seq), seq);
      },
      (rows) => {
        const seqs = (bounds: object) =>
          [...rows.range(mark("alice", "bob"), bounds)].map(([seq]) => seq);
        expect(seqs({ from: 3, to: 6 })).toEqual([3, 4, 5]);
        expect(seqs({ from: 3, to: 6, reverse: true })).toEqual([5, 4, 3]);
        expect(seqs({ to: 3 })).toEqual([1, 2]);
        expect(seqs({ from: 8, reverse: true })).toEqual([9, 8]);
        expect(seqs({ from: 10 })).toEqual([]);
      },
    ));

  test("are of their prefix alone", () =>
    run(
      (rows) => {
        rows.put<unknown>(mark("alice", "bob", 1), "hers");
        rows.put<unknown>(mark("alice", "bobby", 2), "another's");
        rows.put<unknown>(mark("alice", "bo", 3), "another's");
        rows.put<unknown>(kind("marks")("alice", "bob", 4), "of another kind");
      },
      (rows) => expect([...rows.range(mark("alice", "bob"))]).toEqual([[1, "hers"]]),
    ));

  test("of a range are seen as they were just written, also those that were read before", () =>
    run(
      (rows) => {
        rows.put<unknown>(at(1), "old");
        expect(rows.get(at(1))).toBe("old");
        rows.put<unknown>(at(1), "new");
        rows.put<unknown>(at(2), "other");
        expect([...rows.range(mark("alice", "bob"))]).toEqual([
          [1, "new"],
          [2, "other"],
        ]);
        rows.remove(at(1));
        expect([...rows.range(mark("alice", "bob"))]).toEqual([[2, "other"]]);
      },
      (rows) => expect([...rows.range(mark("alice", "bob"))]).toEqual([[2, "other"]]),
    ));
});
