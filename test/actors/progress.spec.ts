import fc from "fast-check";
import { expect, test } from "vitest";
import { Progress } from "../../src/actors/progress.ts";

test("[A4] the checkpoint lies before the first entry whose copies are not all stored", () => {
  const progress = new Progress(10);
  const eleventh = progress.folded(11, 1);
  const twelfth = progress.folded(12, 2);
  progress.folded(15, 0);
  expect(progress.checkpoint).toBe(10);
  twelfth();
  eleventh();
  expect(progress.checkpoint).toBe(11);
  twelfth();
  expect(progress.checkpoint).toBe(15);
  expect(progress.open).toBe(0);
});

/** Entries with so many copies, stored in an order that `picks` decides. */
const runs = fc.record({
  start: fc.nat(100),
  entries: fc.array(fc.record({ gap: fc.nat(3), copies: fc.nat(2), stored: fc.nat(4) }), {
    maxLength: 80,
  }),
  picks: fc.infiniteStream(fc.nat()),
});

test("the checkpoint is what counting everything anew says, and never goes back", () => {
  fc.assert(
    fc.property(runs, ({ start, entries, picks }) => {
      const progress = new Progress(start);
      const naive: { seq: number; copies: number; left: number; stored: () => void }[] = [];
      let [seq, before] = [start, start];
      const check = (): void => {
        const first = naive.find(({ left }) => left > 0);
        expect(progress.checkpoint).toBe(first === undefined ? seq : first.seq - 1);
        expect(progress.last).toBe(seq);
        const at = first === undefined ? naive.length : naive.indexOf(first);
        expect(progress.open).toBe(naive.slice(at).filter(({ copies }) => copies > 0).length);
        expect(progress.checkpoint).toBeGreaterThanOrEqual(before);
        before = progress.checkpoint;
      };
      const store = (): void => {
        const open = naive.filter(({ left }) => left > 0);
        const one = open[(picks.next().value ?? 0) % open.length];
        if (one === undefined) return;
        one.left--;
        one.stored();
        check();
      };
      for (const { gap, copies, stored } of entries) {
        seq += 1 + gap;
        naive.push({ seq, copies, left: copies, stored: progress.folded(seq, copies) });
        check();
        for (let i = 0; i < stored; i++) store();
      }
      while (naive.some(({ left }) => left > 0)) store();
      expect(progress.checkpoint).toBe(seq);
    }),
  );
});

test("thousands of entries worked off in order leave nothing behind", () => {
  const progress = new Progress(0);
  const stored = Array.from({ length: 5_000 }, (_, i) => progress.folded(i + 1, 1));
  stored.forEach((done, i) => {
    done();
    expect(progress.checkpoint).toBe(i + 1);
  });
  expect(progress.open).toBe(0);
});
