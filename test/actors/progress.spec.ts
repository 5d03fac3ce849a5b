import fc from "fast-check";
import { expect, test } from "vitest";
import { Owed } from "../../src/actors/owed.ts";
import { Progress } from "../../src/actors/progress.ts";

test("[A4] the checkpoint lies before the first entry that is open", () => {
  const progress = new Progress(10);
  for (const seq of [11, 12, 15]) progress.take(seq);
  progress.open(11);
  progress.open(12);
  expect(progress.checkpoint).toBe(10);
  progress.close(12);
  expect(progress.checkpoint).toBe(10);
  progress.close(11);
  expect(progress.checkpoint).toBe(15);
  expect(progress.size).toBe(0);
});

test("the checkpoint never goes back, in whatever order entries are done with", () => {
  const runs = fc.array(fc.record({ opens: fc.boolean(), closes: fc.nat(4), pick: fc.nat() }));
  fc.assert(
    fc.property(runs, (entries) => {
      const progress = new Progress(0);
      const open: number[] = [];
      let before = 0;
      const check = (seq: number): void => {
        expect(progress.checkpoint).toBe(Math.min(seq, ...open.map((each) => each - 1)));
        expect(progress.checkpoint).toBeGreaterThanOrEqual(before);
        before = progress.checkpoint;
      };
      for (const [i, { opens, closes, pick }] of entries.entries()) {
        progress.take(i + 1);
        if (opens) progress.open(open.push(i + 1) && i + 1);
        check(i + 1);
        for (let n = 0; n < closes && open.length > 0; n++) {
          progress.close(open.splice(pick % open.length, 1)[0] ?? 0);
          check(i + 1);
        }
      }
    }),
  );
});

test("what is owed leaves in the order in which it came, and tells its lowest seq", () => {
  const owed = new Owed();
  const debt = (seq: number) => ({ seq, delivered: seq * 2, read: seq * 3 });
  expect(owed.lowest).toBe(Number.POSITIVE_INFINITY);
  for (let seq = 2; seq <= 20_000; seq++) owed.push(debt(seq));
  // Its actor was being loaded.
  owed.push(debt(1));
  expect(owed.lowest).toBe(1);
  for (let seq = 2; seq <= 20_000; seq++) {
    expect(owed.peek(1)).toEqual([debt(seq)]);
    owed.leave(1);
  }
  expect(owed.peek(5)).toEqual([debt(1)]);
  owed.leave(1);
  expect(owed.size).toBe(0);
  expect(owed.lowest).toBe(Number.POSITIVE_INFINITY);
});
