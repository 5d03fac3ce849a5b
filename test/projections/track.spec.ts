import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  append,
  downwards,
  firstReaching,
  lastBelow,
  riseBetween,
  trackOf,
  upwards,
  type Pair,
} from "../../src/projections/views/track.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";

const TRACK = trackOf("step");
const OF = ["alice", "bob"] as const;

/** Pairs of rising numbers, as they come. */
const rising = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(2)), { maxLength: 300, size: "max" })
  .map((steps) => {
    let [a, b] = [0, 0];
    return steps.map(([da, db]): Pair => [(a += da), (b += db)]);
  });

const written = (pairs: readonly Pair[]): MemoryRows => {
  const rows = new MemoryRows();
  for (const pair of pairs) append(rows, TRACK, OF, pair);
  return rows;
};

describe("a track of pairs", () => {
  test("gives back what was appended, from anywhere and both ways", () => {
    fc.assert(
      fc.property(rising, fc.nat(2_000), (pairs, at) => {
        const rows = written(pairs);
        expect([...upwards(rows, TRACK, OF, 0)]).toEqual(pairs);
        expect([...upwards(rows, TRACK, OF, at)]).toEqual(pairs.filter(([a]) => a >= at));
        expect([...downwards(rows, TRACK, OF)]).toEqual(pairs.toReversed());
        expect([...downwards(rows, TRACK, OF, at)]).toEqual(
          pairs.filter(([a]) => a < at).toReversed(),
        );
      }),
    );
  });
  test("finds the first pair whose second number has reached another", () => {
    fc.assert(
      fc.property(rising, fc.nat(700), (pairs, least) => {
        const found = firstReaching(written(pairs), TRACK, OF, {
          least,
          last: pairs.at(-1)?.[0] ?? 0,
        });
        expect(found).toEqual(pairs.find(([, b]) => b >= least));
      }),
    );
  });
  test("counts what lies between two numbers", () => {
    fc.assert(
      fc.property(rising, fc.nat(2_000), fc.nat(2_000), (pairs, one, other) => {
        const [behind, to] = [Math.min(one, other), Math.max(one, other)];
        const upTo = (end: number): number => pairs.findLast(([a]) => a <= end)?.[1] ?? 0;
        expect(riseBetween(written(pairs), TRACK, OF, { behind, to })).toBe(
          upTo(to) - upTo(behind),
        );
      }),
    );
  });
  test("tells the last one below a number, and the last of all", () => {
    fc.assert(
      fc.property(rising, fc.nat(2_000), (pairs, at) => {
        const rows = written(pairs);
        expect(lastBelow(rows, TRACK, OF, at)).toEqual(pairs.findLast(([a]) => a < at));
        expect(lastBelow(rows, TRACK, OF)).toEqual(pairs.at(-1));
      }),
      { numRuns: 50 },
    );
    expect(lastBelow(written([]), TRACK, OF)).toBeUndefined();
  });
  test("counts nothing where nothing is, and no further back than where it began to count", () => {
    const rise = (rows: MemoryRows): number => riseBetween(rows, TRACK, OF, { behind: 0, to: 10 });
    expect(rise(written([]))).toBe(0);
    const flat = (other: number) => Array.from({ length: 70 }, (_, i): Pair => [i + 1, other]);
    expect([0, 1, 2].map((other) => rise(written(flat(other))))).toEqual([0, 1, 2]);
    const rows = written(flat(0));
    rows.range = () => {
      throw new Error("a full row is looked for");
    };
    expect(rise(rows)).toBe(0);
  });
  test("takes one row for 64 of them", () => {
    const pairs = Array.from({ length: 129 }, (_, i): Pair => [i + 1, 0]);
    const rows = [64, 65, 128, 129].map((count) => written(pairs.slice(0, count)).all.size);
    expect(rows).toEqual([1, 2, 2, 3]);
  });
  test("is one conversation's alone", () => {
    const rows = written([[1, 1]]);
    expect([...upwards(rows, TRACK, ["alice", "bobby"], 0)]).toEqual([]);
    expect([...downwards(rows, TRACK, ["alice", "bo"])]).toEqual([]);
  });
});
