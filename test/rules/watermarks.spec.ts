import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance, NOTHING_YET } from "../../src/rules/watermarks.ts";

describe("a watermark", () => {
  test("rises to what is claimed", () => {
    expect(advance({ delivered: 2, read: 1 }, { delivered: 5, read: 4 }, 9)).toEqual({
      delivered: 5,
      read: 4,
    });
  });
  test("rises by itself, without the other", () => {
    const now = { delivered: 5, read: 2 };
    expect(advance(now, { delivered: 7, read: 0 }, 9)).toEqual({ delivered: 7, read: 2 });
    expect(advance(now, { delivered: 0, read: 4 }, 9)).toEqual({ delivered: 5, read: 4 });
  });
  test("rises no further than what was sent", () => {
    expect(advance(NOTHING_YET, { delivered: 99, read: 98 }, 7)).toEqual({ delivered: 7, read: 7 });
  });
  test("of reading carries the one of receiving along", () => {
    expect(advance(NOTHING_YET, { delivered: 0, read: 4 }, 7)).toEqual({ delivered: 4, read: 4 });
  });
  test("that does not rise is the very same", () => {
    const now = { delivered: 5, read: 4 };
    expect(advance(now, { delivered: 5, read: 4 }, 9)).toBe(now);
    expect(advance(now, { delivered: 3, read: 2 }, 9)).toBe(now);
  });
  test("never goes back, passes what was sent or lets read pass delivered", () => {
    const marks = fc.record({ delivered: fc.nat(20), read: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(fc.tuple(marks, fc.nat(20))), (claims) => {
        let now = NOTHING_YET;
        let sent = 0;
        for (const [claim, more] of claims) {
          sent = Math.max(sent, more);
          const next = advance(now, claim, sent);
          expect(next.read).toBeGreaterThanOrEqual(now.read);
          expect(next.delivered).toBeGreaterThanOrEqual(Math.max(now.delivered, next.read));
          expect(next.delivered).toBeLessThanOrEqual(sent);
          now = next;
        }
      }),
    );
  });
});
