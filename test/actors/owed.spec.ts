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

test("[N4] what is kept whole stays with its own, wherever the list is cut", () => {
  const owed = new Owed();
  let model: Debt[] = [];
  const push = (from: number, to: number): void => {
    for (let seq = from; seq <= to; seq++) {
      const telling = { to: `${seq}`, copy: {} } as Telling;
      const debt = { seq, delivered: 0, read: 0, ...(seq % 3 === 0 && { telling }) };
      model.push(debt);
      owed.push(debt);
    }
  };
  const leave = (count: number): void => {
    owed.leave(count);
    model = model.slice(count);
    expect([owed.peek(4), owed.size]).toEqual([model.slice(0, 4), model.length]);
  };
  push(1, 9_000);
  for (let n = 0; n < 10; n++) leave(1);
  leave(4_990);
  expect(owed.peek(9_000)).toEqual(model);
  push(9_001, 9_100);
  leave(model.length - 1);
  leave(1);
  expect([owed.size, owed.weight, owed.lowest]).toEqual([0, 0, Infinity]);
  push(9_101, 9_110);
  expect(owed.peek(9_000)).toEqual(model);
});
