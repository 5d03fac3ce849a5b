import { expect, test } from "vitest";
import { LeastDelay } from "../../src/nats/leastdelay.ts";

const BROKER = 1_764_000_000_000;

test("an age is told by the broker's clock alone, from what came with the least delay", () => {
  const clock = new LeastDelay();
  expect(clock.age(BROKER, 0)).toBe(Infinity);
  clock.heard(BROKER, 500);
  clock.heard(BROKER + 1_000, 1_010);
  clock.heard(BROKER + 2_000, 2_800);
  // The second came 490 ms faster than the first: the others were on the way for so long.
  expect(clock.age(BROKER, 3_010)).toBe(3_000);
});

test("what lies in the broker's future is of this moment", () => {
  const clock = new LeastDelay();
  clock.heard(BROKER, 0);
  expect(clock.age(BROKER + 3_600_000, 0)).toBe(0);
});

test("a broker's clock that is set back is followed within a minute", () => {
  const clock = new LeastDelay();
  const back = 40 * 86_400_000;
  clock.heard(BROKER, 0);
  for (let now = 10_000; now <= 70_000; now += 10_000) clock.heard(BROKER - back + now, now);
  expect(clock.age(BROKER - back + 70_000, 70_000)).toBe(0);
  expect(clock.age(BROKER - back, 70_000)).toBe(70_000);
});
