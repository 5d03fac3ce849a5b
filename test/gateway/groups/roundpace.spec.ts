import { expect, test } from "vitest";
import { RoundPace } from "../../../src/gateway/groups/roundpace.ts";

/** ms that facts wait which come so many ms behind a round that cost so much. */
function rests(cost: number, isBusy: boolean, since: readonly number[]): number[] {
  const pace = new RoundPace();
  pace.wrote({ cost, isBusy }, 100);
  return since.map((ms) => pace.rest(100 + ms));
}

test("[G8] facts of a busy group gather until the writes of the round before have taken a quarter of the time, 100 ms at most; others wait for nobody", () => {
  expect(new RoundPace().rest(0)).toBe(0);
  expect(rests(4, true, [0, 1, 2, 2.1])).toEqual([12, 11, 10, 0]);
  expect(rests(40, true, [0, 20, 20.1])).toEqual([100, 80, 0]);
  expect(rests(300, true, [99, 100, 125])).toEqual([1, 0, 0]);
  expect(rests(4, false, [0, 1])).toEqual([0, 0]);
});
