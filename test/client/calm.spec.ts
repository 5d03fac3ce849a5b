import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Calm } from "../../src/client/outbox/calm.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A group that is busy again and again, each time until it may be written to. Returns how long that was each time, ms. */
function restsOf(random: number, { times = 1, atLeastMs = 0, accepted = false } = {}): number[] {
  let isOver = false;
  const calm = new Calm({ random: () => random, over: () => (isOver = true) });
  return Array.from({ length: times }, () => {
    isOver = false;
    calm.refused("g", atLeastMs);
    calm.settle(() => true);
    expect([calm.rests("g"), calm.rests("another")]).toEqual([true, false]);
    const since = Date.now();
    while (!isOver) vi.advanceTimersToNextTimer();
    expect(calm.rests("g")).toBe(false);
    if (accepted) calm.accepted("g");
    return Date.now() - since;
  });
}

test("[G12] a group that is busy is written to again after 1 to 5 s at random, and no sooner than it says", () => {
  expect(restsOf(0)).toEqual([1_000]);
  expect(restsOf(0.5)).toEqual([3_000]);
  expect(restsOf(1)).toEqual([5_000]);
  expect(restsOf(0, { atLeastMs: 1_400 })).toEqual([1_400]);
  expect(restsOf(0.5, { atLeastMs: 1_400 })).toEqual([3_000]);
  // Beyond a timer's range it would be over at once.
  expect(restsOf(0, { atLeastMs: 2 ** 32 })).toEqual([600_000]);
});

test("[G12] each time in a row that it is busy it is waited for twice as long, up to a minute; what it takes ends the row", () => {
  expect(restsOf(0.5, { times: 7 })).toEqual([
    3_000, 6_000, 12_000, 24_000, 48_000, 60_000, 60_000,
  ]);
  expect(restsOf(0.5, { times: 3, accepted: true })).toEqual([3_000, 3_000, 3_000]);
});

test("[G12] it is waited for from when all that is stored there has its outcome, and anew from another refusal", () => {
  const over = vi.fn();
  const calm = new Calm({ random: () => 0, over });
  calm.refused("g");
  calm.settle(() => false);
  vi.advanceTimersByTime(60_000);
  expect([calm.rests("g"), over.mock.calls.length]).toEqual([true, 0]);
  calm.settle(() => true);
  vi.advanceTimersByTime(900);
  // One more that was on its way: it is of the same row.
  calm.refused("g");
  calm.accepted("g");
  vi.advanceTimersByTime(900);
  expect(over).not.toHaveBeenCalled();
  calm.settle(() => true);
  vi.advanceTimersByTime(1_000);
  expect([calm.rests("g"), over.mock.calls.length]).toEqual([false, 1]);
});
