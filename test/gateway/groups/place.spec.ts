import { describe, expect, test } from "vitest";
import {
  isMember,
  needsProof,
  pass,
  stretchOf,
  type GroupPlace,
} from "../../../src/gateway/groups/place.ts";
import { hasLostEnd, merged } from "../../../src/gateway/groups/spans.ts";

const placeOf = (known: Partial<GroupPlace>): GroupPlace => ({
  user: "ann",
  seq: 0,
  ranges: [],
  endedAt: 0,
  proven: 0,
  ...known,
});
const facts = (...seqs: number[]) => seqs.map((seq) => ({ seq }));

/** Seqs of facts that are given, and `-n` for "all up to n, nothing of it is for you". */
const given = (words: ReturnType<typeof pass>): number[] =>
  words.map((word) => (word.is === "fact" ? word.fact.seq : -word.upTo));

describe("[G3] ranges that a user's actor tells", () => {
  const open = { from: 5 };
  const over = { from: 1, upTo: 3 };

  test("count, and earlier ones that have ended are kept", () => {
    const told = [{ from: 9 }, { from: 5, upTo: 7 }];
    expect(merged([over, open], told, () => true)).toEqual([over, { from: 5, upTo: 7 }, told[0]]);
    expect(merged([{ from: 5, upTo: 6 }], told, () => true)).toEqual([told[1], told[0]]);
  });

  test("leave an earlier one, of which they say no end, open to where the next begins, if the group's own end of it cannot be passed over", () => {
    const known = [over, open];
    const asked: number[] = [];
    const isWatched = (from: number): boolean => asked.push(from) > 0;
    expect(merged(known, [{ from: 9 }], isWatched)).toEqual([
      over,
      { from: 5, upTo: 8 },
      { from: 9 },
    ]);
    expect(asked).toEqual([5]);
    expect(merged(known, [{ from: 9 }], () => false)).toEqual([over, open, { from: 9 }]);
  });

  test("that say nothing change nothing: where the open one has ended is asked", () => {
    expect(merged([over, open], [], () => true)).toEqual([over, open]);
  });

  test("have lost an end if an open one is not among them", () => {
    expect(hasLostEnd([over, open], [{ from: 5, upTo: 7 }])).toBe(false);
    expect(hasLostEnd([over, open], [over, { from: 9 }])).toBe(true);
    expect(hasLostEnd([over], [])).toBe(false);
  });
});

describe("[G3] a place", () => {
  test.each([
    ["no range", {}, undefined, false],
    [
      "a range that has ended before it",
      { seq: 3, ranges: [{ from: 1, upTo: 3 }] },
      undefined,
      false,
    ],
    [
      "the last fact of a range before it",
      { seq: 2, ranges: [{ from: 1, upTo: 3 }] },
      { from: 1, upTo: 3 },
      false,
    ],
    ["an open range", { seq: 3, ranges: [{ from: 1, upTo: 3 }, { from: 7 }] }, { from: 7 }, true],
    [
      "a range that the group has ended, and its actor does not know",
      { seq: 3, ranges: [{ from: 2 }], endedAt: 5 },
      { from: 2, upTo: 5 },
      false,
    ],
    [
      "a range whose end the group has said to be earlier",
      { ranges: [{ from: 2, upTo: 9 }], endedAt: 5 },
      { from: 2, upTo: 5 },
      false,
    ],
    [
      "a later membership than the one that the group has ended",
      { seq: 5, ranges: [{ from: 8 }], endedAt: 5 },
      { from: 8 },
      true,
    ],
  ])(
    "with %s knows what it may see next, and whether its user is in",
    (_, known, stretch, isIn) => {
      expect(stretchOf(placeOf(known))).toEqual(stretch);
      expect(isMember(placeOf(known))).toBe(isIn);
    },
  );

  test("behind the begin of an open range needs a proof that this goes on, once", () => {
    const place = placeOf({ seq: 4, ranges: [{ from: 4 }] });
    expect(needsProof(place, { from: 4 })).toBe(true);
    expect(needsProof({ ...place, proven: 4 }, { from: 4 })).toBe(false);
    expect(needsProof({ ...place, seq: 3 }, { from: 4 })).toBe(false);
    expect(needsProof(place, { from: 4, upTo: 9 })).toBe(false);
    expect(pass(place, facts(5, 6), 6)).toEqual([]);
    expect(pass(place, [], 6)).toEqual([]);
    expect(place.seq).toBe(4);
  });

  test.each([
    [
      "those of its range, and no further than was asked",
      { ranges: [{ from: 1 }] },
      [1, 2, 3],
      2,
      [1, 2],
      2,
    ],
    ["none again", { seq: 2, ranges: [{ from: 1 }], proven: 1 }, [1, 2, 3], 3, [3], 3],
    [
      "none again at the begin of its range",
      { seq: 3, ranges: [{ from: 3 }], proven: 3 },
      [3, 4],
      4,
      [4],
      4,
    ],
    ["what lies before its range as one word", { ranges: [{ from: 3 }] }, [1, 2, 3], 3, [-2, 3], 3],
    [
      "what lies between two ranges as well",
      { ranges: [{ from: 1, upTo: 2 }, { from: 4 }] },
      [1, 2, 3, 4],
      4,
      [1, 2, -3, 4],
      4,
    ],
    [
      "no word where nothing lies between",
      { ranges: [{ from: 1, upTo: 2 }, { from: 3 }] },
      [1, 2, 3],
      3,
      [1, 2, 3],
      3,
    ],
    [
      "nothing of a range that begins behind the next, either",
      { ranges: [{ from: 7 }] },
      [],
      5,
      [],
      0,
    ],
    [
      "nothing of a range that begins later, of which it is told when it begins",
      { ranges: [{ from: 9 }] },
      [1, 2],
      2,
      [],
      0,
    ],
    [
      "nothing behind the end of a range that begins again later",
      { ranges: [{ from: 1, upTo: 2 }, { from: 9 }] },
      [1, 2, 3],
      5,
      [1, 2],
      2,
    ],
    [
      "nothing behind its last end, where it stays",
      { ranges: [{ from: 1, upTo: 3 }] },
      [1, 2, 3, 4],
      4,
      [1, 2, 3],
      3,
    ],
    ["that nothing lies in what was read", { ranges: [{ from: 3 }] }, [], 5, [-2], 5],
    ["the begin of a range just behind what was read", { ranges: [{ from: 6 }] }, [], 5, [-5], 5],
  ] as const)("is told of %s", (_, known, seqs, upTo, ...[words, at]) => {
    const place = placeOf(known);
    expect(given(pass(place, facts(...seqs), upTo))).toEqual(words);
    expect(place.seq).toBe(at);
  });

  test("is told the fact that ends it, and nothing behind", () => {
    const place = placeOf({ ranges: [{ from: 1 }] });
    const ends = [{ seq: 1 }, { seq: 2, ended: "ben" }, { seq: 3, ended: "ann" }, { seq: 4 }];
    expect(given(pass(place, ends, 4))).toEqual([1, 2, 3]);
    expect([place.endedAt, place.seq]).toEqual([3, 3]);
  });
});

test("[G3] facts that are passed over a second time are given to nobody, and those behind them need no proof", () => {
  const place = placeOf({ ranges: [{ from: 1 }] });
  expect(given(pass(place, facts(1, 2), 2))).toEqual([1, 2]);
  expect(given(pass(place, facts(1, 2, 3), 3))).toEqual([3]);
});
