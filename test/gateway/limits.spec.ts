import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draw, type Bucket } from "../../src/gateway/session/limits.ts";

const NOW = 1_000_000;

describe("a bucket of 3 that fills by 2 a second", () => {
  const take = (bucket: Bucket, now: number) => draw(bucket, now, 2, 3);
  const atOnce = (now: number, bucket: Bucket): number => {
    const drawn = take(bucket, now);
    return drawn.retryAfterMs > 0 ? 0 : 1 + atOnce(now, drawn.bucket);
  };
  const drained = (): Bucket => [1, 2, 3].reduce((bucket: Bucket) => take(bucket, NOW).bucket, 0);

  test("gives three at once", () => expect(atOnce(NOW, 0)).toBe(3));

  test("says how long to wait for the fourth", () =>
    expect(take(drained(), NOW).retryAfterMs).toBe(500));

  test("gives the fourth after that wait, and not a moment before", () => {
    expect(take(drained(), NOW + 499).retryAfterMs).toBeGreaterThan(0);
    expect(take(drained(), NOW + 500).retryAfterMs).toBe(0);
  });

  test("asked too early, does not make the wait any longer", () => {
    const { bucket } = take(drained(), NOW + 250);
    expect(take(bucket, NOW + 500).retryAfterMs).toBe(0);
  });

  test("holds three after a long rest, no more", () =>
    expect(atOnce(NOW + 3_600_000, drained())).toBe(3));
});

test("whatever the rate, a burst is given whole, and not one more", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 40 }),
      (perSecond, burst) => {
        let bucket: Bucket = 0;
        for (let i = 0; i <= burst; i++) {
          const drawn = draw(bucket, 1_764_000_000_123, perSecond, burst);
          expect(drawn.retryAfterMs > 0).toBe(i === burst);
          bucket = drawn.bucket;
        }
      },
    ),
  );
});

test("[D3] whoever asks however often gets no more than the burst and the rate", () => {
  const waits = fc.array(fc.nat(400), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(
      waits,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      (run, perSecond, burst) => {
        let bucket: Bucket = 0;
        let given = 0;
        let elapsed = 0;
        for (const wait of run) {
          elapsed += wait;
          const drawn = draw(bucket, NOW + elapsed, perSecond, burst);
          bucket = drawn.bucket;
          if (drawn.retryAfterMs === 0) given++;
          expect(given).toBeLessThanOrEqual(burst + (elapsed * perSecond) / 1000 + 1e-6);
        }
      },
    ),
  );
});

test("a clock that is set back makes nobody wait longer than for a burst", () => {
  const { bucket } = draw(0, NOW + 3_600_000, 2, 3);
  const back = draw(bucket, NOW, 2, 3);
  expect(back.retryAfterMs).toBeLessThanOrEqual(500);
  expect(draw(back.bucket, NOW + back.retryAfterMs, 2, 3).retryAfterMs).toBe(0);
});

test("whoever waits as long as told is served", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 20 }),
      (perSecond, burst) => {
        let bucket: Bucket = 0;
        let now = NOW;
        for (let i = 0; i < burst + 5; i++) {
          const first = draw(bucket, now, perSecond, burst);
          now += first.retryAfterMs;
          const second =
            first.retryAfterMs === 0 ? first : draw(first.bucket, now, perSecond, burst);
          expect(second.retryAfterMs).toBe(0);
          bucket = second.bucket;
        }
      },
    ),
  );
});
