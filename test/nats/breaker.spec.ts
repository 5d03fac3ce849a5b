import { expect, test } from "vitest";
import { AWAY_MS, Breaker } from "../../src/nats/publish/breaker.ts";

/** The word at `now` about a stream by which something has been unanswered since 0. */
const asked = (now: number, heardAt: number) => ({ oldestAt: 0, heardAt, now });

test("[N1] a stream that stores nothing while the broker answers is away, until it stores something", () => {
  const breaker = new Breaker();
  expect(breaker.judge(asked(AWAY_MS, AWAY_MS))).toBe(false);
  expect(breaker.judge(asked(AWAY_MS + 1, AWAY_MS))).toBe(true);
  expect(breaker.isOpen).toBe(true);
  expect(breaker.judge(asked(2 * AWAY_MS, AWAY_MS))).toBe(false);
  expect(breaker.stored(2 * AWAY_MS)).toBe(true);
  expect(breaker.isOpen).toBe(false);
  expect(breaker.stored(2 * AWAY_MS)).toBe(false);
});

test("[N2] a broker that says nothing is no sign that a stream is away", () => {
  const breaker = new Breaker();
  expect(breaker.judge(asked(10 * AWAY_MS, 0))).toBe(false);
});

test("a stream of which nothing is asked is not away", () => {
  const breaker = new Breaker();
  expect(breaker.judge({ oldestAt: undefined, heardAt: 9 * AWAY_MS, now: 9 * AWAY_MS })).toBe(
    false,
  );
});

test("a stream that stored something, or whose connection came back, has its time anew", () => {
  const breaker = new Breaker();
  breaker.stored(AWAY_MS);
  expect(breaker.judge(asked(2 * AWAY_MS, 2 * AWAY_MS))).toBe(false);
  breaker.reconnected(2 * AWAY_MS);
  expect(breaker.judge(asked(3 * AWAY_MS, 3 * AWAY_MS))).toBe(false);
  expect(breaker.judge(asked(3 * AWAY_MS + 1, 3 * AWAY_MS))).toBe(true);
});
