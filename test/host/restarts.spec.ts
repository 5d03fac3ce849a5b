import { expect, test } from "vitest";
import { Restarts } from "../../src/host/restarts.ts";

const MINUTE = 60_000;

test("a part that fails again and again waits twice as long each time, a minute at most", () => {
  const restarts = new Restarts();
  const waits = Array.from({ length: 8 }, (_, i) => restarts.failed(i));
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, MINUTE, MINUTE]);
});

test("a part is started ten times in ten minutes at most", () => {
  const restarts = new Restarts();
  const starts: number[] = [];
  for (let now = 0; now < 120 * MINUTE;) {
    now += restarts.failed(now);
    starts.push(now);
  }
  for (const start of starts)
    expect(starts.filter((at) => at > start - 10 * MINUTE && at <= start).length).toBeLessThan(11);
});

test("a failure is forgiven after ten minutes", () => {
  const restarts = new Restarts();
  for (let i = 0; i < 5; i++) restarts.failed(i);
  expect(restarts.failed(11 * MINUTE)).toBe(1_000);
});
