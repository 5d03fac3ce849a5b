import { expect, test } from "vitest";
import { Lulls } from "../../src/projections/lulls.ts";

test("views of a stream that brings little gather four times as long, step by step, and go back when it brings more", () => {
  const lulls = new Lulls();
  const after = (...entries: number[]): number[] => entries.map((n) => lulls.after(n));
  expect(after(10, 999, 1)).toEqual([50, 50, 100]);
  expect(after(9, 1, 1)).toEqual([200, 200, 200]);
  expect(after(10, 400, 400)).toEqual([100, 50, 50]);
});
