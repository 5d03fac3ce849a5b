import { expect, test } from "vitest";
import { RoundPace } from "../../../src/gateway/groups/roundpace.ts";

/** ms that facts wait which come so many ms behind a round that cost so much. */
function rests(cost: number, isBusy: boolean, since: readonly number[]): number[] {
  const pace = new RoundPace();
  pace.wrote({ cost, isBusy }, 100);
  return since.map((ms) => pace.rest(100 + ms));
}

test("[G8] facts of a busy group gather until the writes of the round before have taken a quarter of the time, 20 ms at most; others wait for nobody", () => {
  expect(new RoundPace().rest(0)).toBe(0);
  expect(rests(4, true, [0, 1, 2, 2.1])).toEqual([12, 11, 10, 0]);
  expect(rests(10, true, [0, 5, 5.1])).toEqual([20, 15, 0]);
  expect(rests(60, true, [19, 20, 25])).toEqual([1, 0, 0]);
  expect(rests(4, false, [0, 1])).toEqual([0, 0]);
});
