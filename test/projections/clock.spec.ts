import { expect, onTestFinished, test, vi } from "vitest";
import { BrokerClock } from "../../src/projections/clock.ts";
import { silent } from "../support/silent.ts";

test("[P2] the broker's time is carried on by a clock that only counts, and read again now and then", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let elapsed = 1_000;
  let broker: number | Error = 5_000_000;
  const read = async (): Promise<number> => {
    if (broker instanceof Error) throw broker;
    return broker;
  };
  const clock = new BrokerClock(read, () => elapsed, silent);
  await clock.start();
  onTestFinished(() => clock.stop());
  expect(clock.now()).toBe(5_000_000);
  // The host's own date plays no part.
  vi.setSystemTime(0);
  elapsed += 250;
  expect(clock.now()).toBe(5_000_250);
  broker = new Error("away");
  await vi.advanceTimersByTimeAsync(60_000);
  elapsed += 750;
  expect(clock.now()).toBe(5_001_000);
  broker = 9_000_000;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(clock.now()).toBe(9_000_000);
});
