import { expect, test } from "vitest";
import { Gathering } from "../../src/projections/gathering.ts";

test("views of a stream that brings little gather four times as long, step by step, and go back when it brings more", () => {
  const gathering = new Gathering();
  const after = (...entries: number[]): number[] => entries.map((n) => gathering.after(n));
  expect(after(10, 999, 1)).toEqual([50, 50, 100]);
  expect(after(9, 1, 1)).toEqual([200, 200, 200]);
  expect(after(10, 400, 400)).toEqual([100, 50, 50]);
});
