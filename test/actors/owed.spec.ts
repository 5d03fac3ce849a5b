import fc from "fast-check";
import { expect, test } from "vitest";
import { Owed, type Debt } from "../../src/actors/owed.ts";
import type { Telling } from "../../src/actors/user.ts";

test("[N4] what is owed comes out as it went in, the lowest of it is known, and what is kept whole weighs sixteen times as much", () => {
  const telling = { to: "bob", copy: {} } as Telling;
  const push = fc.record({ push: fc.integer({ min: 1, max: 2_000 }), kept: fc.boolean() });
  const step = fc.oneof(push, fc.record({ leave: fc.integer({ min: 1, max: 3_000 }) }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const owed = new Owed();
      let model: Debt[] = [];
      let seq = 0;
      for (const each of steps) {
        if ("leave" in each) {
          const count = Math.min(each.leave, model.length);
          owed.leave(count);
          model = model.slice(count);
        } else
          for (let n = 0; n < each.push; n++) {
            // Now and then one comes behind higher ones.
            const debt = { seq: ++seq % 7 === 0 ? seq - 5 : seq, delivered: seq, read: seq + 1 };
            model.push(each.kept && n % 50 === 0 ? { ...debt, telling } : debt);
            owed.push(model.at(-1)!);
          }
        expect(owed.size).toBe(model.length);
        const kept = model.filter((debt) => debt.telling !== undefined).length;
        expect(owed.weight).toBe(model.length + 15 * kept);
        expect(owed.peek(3)).toEqual(model.slice(0, 3));
        expect(owed.lowest).toBe(model.reduce((low, debt) => Math.min(low, debt.seq), Infinity));
      }
      expect(owed.peek(1e9)).toEqual(model);
    }),
    { numRuns: 25 },
  );
});
