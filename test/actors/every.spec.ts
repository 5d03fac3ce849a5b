import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { every } from "../../src/actors/every.ts";
import { silent } from "../support/silent.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("housekeeping is never done twice at once, and goes on when it is over", async () => {
  const begun: (() => void)[] = [];
  const work = (): Promise<void> => new Promise((done) => void begun.push(done));
  const timer = every(200, work, silent);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(begun).toHaveLength(1);
  begun[0]?.();
  await vi.advanceTimersByTimeAsync(200);
  expect(begun).toHaveLength(2);
  clearInterval(timer);
});

test("of housekeeping that fails again and again one failure in 25 is told, and the first behind a success", async () => {
  const told: string[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line) => void told.push(line) });
  let fails = true;
  const work = async (): Promise<void> => {
    if (fails) throw new Error("no leader");
  };
  const timer = every(100, work, log);
  await vi.advanceTimersByTimeAsync(2_500);
  expect(told).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(told).toHaveLength(2);
  fails = false;
  await vi.advanceTimersByTimeAsync(100);
  fails = true;
  await vi.advanceTimersByTimeAsync(100);
  expect(told).toHaveLength(3);
  clearInterval(timer);
});
