import { describe, expect, test } from "vitest";
import { batchHeaders, departure, fitting, seqIn } from "../../src/nats/publish/gathering.ts";

const KIB = 1024;

describe("what waits for a stream that is flushed with every write", () => {
  const quiet = { alone: 0, batch: false };
  const of = (waiting: number, together: boolean) => ({ count: waiting, together });

  test.each([1, 2, 7])("goes at once and one by one, when it is only %i", (waiting) => {
    expect(departure({ ...quiet, waiting })).toEqual(of(waiting, false));
  });

  test.each([8, 100, 256])("goes as one batch, when it is %i", (waiting) => {
    expect(departure({ ...quiet, waiting })).toEqual(of(waiting, true));
  });

  test("is left with one, when it is 257", () => {
    expect(departure({ ...quiet, waiting: 257 })).toEqual(of(256, true));
  });

  test.each([1, 7, 8, 256, 1_000])("gathers while a batch is under way: %i", (waiting) => {
    expect(departure({ alone: 0, batch: true, waiting }).count).toBe(0);
  });

  test("gathers while eight that went alone are not answered, until there are eight again", () => {
    expect(departure({ alone: 8, batch: false, waiting: 7 })).toEqual(of(0, false));
    expect(departure({ alone: 5, batch: false, waiting: 7 })).toEqual(of(3, false));
    expect(departure({ alone: 8, batch: false, waiting: 8 })).toEqual(of(8, true));
  });
});

describe("a batch", () => {
  test("takes as many as 256 KiB hold", () => {
    expect(fitting(Array(256).fill(KIB))).toBe(256);
    expect(fitting(Array(256).fill(16 * KIB))).toBe(16);
    expect(fitting([200 * KIB, 56 * KIB, 1])).toBe(2);
  });

  test("never waits for one that is larger than that", () => {
    expect(fitting([300 * KIB, 1, 1])).toBe(1);
  });

  test("has the seq of its last in the answer, and the others before it without a hole", () => {
    expect([0, 1, 2].map((i) => seqIn(42, 3, i))).toEqual([40, 41, 42]);
  });

  test("counts its publications from 1, and is committed by the last", () => {
    expect([0, 1, 2].map((i) => batchHeaders("b", 3, i))).toEqual([
      "Nats-Batch-Id: b\r\nNats-Batch-Sequence: 1\r\n",
      "Nats-Batch-Id: b\r\nNats-Batch-Sequence: 2\r\n",
      "Nats-Batch-Id: b\r\nNats-Batch-Sequence: 3\r\nNats-Batch-Commit: 1\r\n",
    ]);
  });
});
