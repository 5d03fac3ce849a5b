import { expect, test } from "vitest";
import { Outage } from "../src/outage.ts";

test("an outage is said when it begins and each minute while it goes on, with how many failures had no line, and once when it ends", () => {
  let now = 0;
  const outage = new Outage(() => now);
  expect(outage.over()).toBe(false);
  const said: unknown[] = [];
  for (; now < 180_000; now += 1_000) said.push(outage.failed() ?? []);
  expect(said.flat()).toEqual([{}, { leftOut: 59 }, { leftOut: 59 }]);
  expect(outage.over()).toBe(true);
  expect(outage.over()).toBe(false);
  // Another one begins anew.
  expect(outage.failed()).toEqual({});
});
