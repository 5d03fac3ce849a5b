import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instantOfDigits, instantOfText, msOf } from "../../src/events/instant.ts";
import {
  generationAt,
  generationOf,
  GENERATIONS_MAX,
  latest,
  positionAt,
  positionOf,
  seqOf,
  seqWithin,
  SEQS,
} from "../../src/events/position.ts";

const generation = fc.integer({ min: 0, max: GENERATIONS_MAX - 1 });
const seq = fc.integer({ min: 0, max: 2 ** 44 - 1 });
const before = "1795506005464000000";

describe("a position", () => {
  test("[L5] is a safe integer that comes apart as it was put together", () =>
    fc.assert(
      fc.property(generation, seq, (g, s) => {
        const position = positionOf(g, s);
        expect(Number.isSafeInteger(position)).toBe(true);
        expect([generationOf(position), seqOf(position)]).toEqual([g, s]);
      }),
    ));

  test("of the last seq of the last generation is the highest safe integer", () =>
    expect(positionOf(GENERATIONS_MAX - 1, 2 ** 44 - 1)).toBe(Number.MAX_SAFE_INTEGER));

  test("is the seq in generation 0", () =>
    fc.assert(
      fc.property(seq, (s) => {
        expect(positionOf(0, s)).toBe(s);
      }),
    ));

  test("[L5] orders entries by generation, then by seq", () =>
    fc.assert(
      fc.property(generation, seq, generation, seq, (g, s, h, t) => {
        const order = g === h ? s - t : g - h;
        expect(Math.sign(positionOf(g, s) - positionOf(h, t))).toBe(Math.sign(order));
      }),
    ));
});

describe("the generation of an entry", () => {
  const marks = [
    { generation: 1, from: 100, before },
    { generation: 4, from: 250, before },
  ];
  test("is that of the last mark that begins at its seq or below", () => {
    expect([1, 99, 100, 249, 250, 9_999].map((s) => generationAt(marks, s))).toEqual([
      0, 0, 1, 1, 4, 4,
    ]);
    expect(generationAt([], 7)).toBe(0);
    const more = [...marks, { generation: 5, from: 300, before }];
    expect([latest(more), latest(marks), latest([])]).toEqual([5, 4, 0]);
  });
  test("never makes a later entry of one stream the lower one", () =>
    fc.assert(
      fc.property(seq, seq, (s, t) => {
        fc.pre(s < t);
        expect(positionAt(marks, s)).toBeLessThan(positionAt(marks, t));
      }),
    ));
});

describe("the broker's time", () => {
  test("is the same from both its forms, of which one leaves trailing zeros out", () => {
    for (const [text, digits] of [
      ["2026-11-27T17:00:21.445178225Z", "1795798821445178225"],
      ["2026-11-27T17:00:21.44517Z", "1795798821445170000"],
      ["2026-11-27T17:00:21Z", "1795798821000000000"],
      ["1970-01-01T00:00:01.5Z", "1500000000"],
    ] as const)
      expect(instantOfText(text)).toBe(instantOfDigits(digits));
  });
  test("in milliseconds is what an event says", () =>
    expect(msOf(instantOfText("2026-11-27T17:00:21.445978225Z"))).toBe(1_795_798_821_445));
  test("is that of a calendar, whatever the day", () =>
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date("2286-11-20T17:46:39Z"), noInvalidDate: true }),
        (date) => {
          expect(msOf(instantOfText(date.toISOString()))).toBe(date.getTime());
        },
      ),
    ));
  test("that is none is an error, and no time", () => {
    for (const text of [
      "yesterday",
      "2026-11-27T17:00:21",
      "2026-11-27 17:00:21Z",
      "26-11-27T17:00:21Z",
    ])
      expect(() => instantOfText(text)).toThrow("cannot be read");
  });
});

describe("a question that asks for all up to a position", () => {
  const marks = [{ generation: 2, from: 100, before }];

  test("[V3] waits for its seq, for nobody where a later generation has taken it, and for ever where none has begun that it is of", () => {
    expect(seqWithin(marks, positionOf(0, 99))).toBe(99);
    expect(seqWithin(marks, positionOf(0, 100))).toBe(0);
    expect(seqWithin(marks, positionOf(1, 120))).toBe(0);
    expect(seqWithin(marks, positionOf(2, 120))).toBe(120);
    expect(seqWithin(marks, positionOf(3, 99))).toBe(SEQS);
    expect(seqWithin([], positionOf(1, 99))).toBe(SEQS);
  });
});
