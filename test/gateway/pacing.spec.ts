import { describe, expect, test } from "vitest";
import { AT_ONCE_MAX, Pacing } from "../../src/gateway/session/pacing.ts";

/** A log that is `awayMs` away and takes `eachMs` for each, one after the other; as many openings as may be are under way. */
function opened(pacing: Pacing, { awayMs, eachMs, startMs = 0, count = 1_000 }: Log) {
  const under: { since: number; until: number }[] = [];
  let now = startMs;
  let free = startMs;
  let most = 0;
  for (let n = 0; n < count; n++) {
    while (under.length < pacing.atOnce) {
      free = Math.max(free, now + awayMs / 2) + eachMs;
      under.push({ since: now, until: free + awayMs / 2 });
    }
    // The first half is for learning.
    if (n > count / 2) most = Math.max(most, under.length);
    const first = under[0] ?? { since: 0, until: 0 };
    now = first.until;
    pacing.took(now - first.since, under.length, now);
    under.shift();
  }
  return { perMs: count / (now - startMs), most, now };
}

interface Log {
  readonly awayMs: number;
  readonly eachMs: number;
  readonly startMs?: number;
  readonly count?: number;
}

describe("openings under way at once", () => {
  test("are one or two where the log is near: nobody waits in a queue of them", () => {
    const { most, perMs } = opened(new Pacing(), { awayMs: 0.1, eachMs: 1 });
    expect(most).toBeLessThanOrEqual(2);
    expect(perMs).toBeGreaterThan(0.9);
  });

  test("are as many as the way holds where the log is far: the log is not idle for it", () => {
    const { most, perMs } = opened(new Pacing(), { awayMs: 8, eachMs: 1 });
    expect(most).toBeGreaterThanOrEqual(8);
    expect(most).toBeLessThanOrEqual(11);
    expect(perMs).toBeGreaterThan(0.9);
  });

  test("are never more than a limit", () => {
    const { most } = opened(new Pacing(), { awayMs: 200, eachMs: 0.1, count: 10_000 });
    expect(most).toBe(AT_ONCE_MAX);
  });

  test("are as many as that also when the way has become longer", () => {
    const pacing = new Pacing();
    const near = opened(pacing, { awayMs: 0.1, eachMs: 1 });
    const far = { awayMs: 8, eachMs: 1, startMs: near.now };
    const soon = opened(pacing, far);
    expect(soon.most, "the least of the last ten seconds still counts").toBeLessThanOrEqual(2);
    const later = opened(pacing, { ...far, startMs: soon.now, count: 5_000 });
    expect(later.most).toBeGreaterThanOrEqual(8);
  });

  test("are fewer again when the log takes longer for each", () => {
    const pacing = new Pacing();
    const quick = opened(pacing, { awayMs: 8, eachMs: 1 });
    const slow = opened(pacing, { awayMs: 8, eachMs: 5, startMs: quick.now });
    expect(slow.most).toBeLessThanOrEqual(4);
  });

  test("are no more for those that came alone: they say nothing of a crowd", () => {
    const pacing = new Pacing();
    pacing.took(1, 1, 0);
    const { atOnce } = pacing;
    for (let n = 0; n < 100; n++) pacing.took(1, 1, n);
    expect(pacing.atOnce).toBe(atOnce);
  });
});
