import { expect, test } from "vitest";
import { Trickle } from "../../src/gateway/trickle.ts";

test("a trickle lets so many through in a second, and counts the others once", () => {
  const trickle = new Trickle(2);
  expect([0, 1, 2, 999].map((now) => trickle.admits(now))).toEqual([true, true, false, false]);
  expect([trickle.takeLeft(), trickle.takeLeft()]).toEqual([2, 0]);
  expect([1_000, 1_001, 1_002].map((now) => trickle.admits(now))).toEqual([true, true, false]);
  expect(trickle.takeLeft()).toBe(1);
});
