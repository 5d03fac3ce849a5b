import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { turns, type Held } from "../../src/client/outbox/turns.ts";
import { left } from "./devices.ts";

const held = (cid: string, to: string, rank: number, state: Held["state"] = "waiting"): Held => ({
  entry: left(cid, { to, rank }),
  state,
  unsure: false,
  taken: false,
  adopted: false,
  repeated: false,
  since: { elapsed: 0, wall: 0 },
});
const next = (...all: Held[]): string[] =>
  turns(
    all,
    () => true,
    () => false,
  ).map(({ entry }) => entry.cid);

describe("of what is on its way", () => {
  test("each chat's oldest goes, side by side with the other chats", () => {
    const all = [held("a.3", "bob", 3), held("a.1", "bob", 1), held("a.2", "carol", 2)];
    expect(next(...all)).toEqual(["a.1", "a.2"]);
  });
  test("nothing of a chat goes while one of it is under way, also of another instance", () => {
    expect(next(held("a.1", "bob", 1, "underWay"), held("b.1", "bob", 2))).toEqual([]);
    expect(next(held("a.1", "bob", 2), held("b.1", "bob", 1, "underWay"))).toEqual([]);
  });
  test("the next of a chat goes when the one before is answered or has failed", () => {
    const failed = held("a.1", "bob", 1);
    failed.entry = { ...failed.entry, error: "forbidden" };
    const answered = held("a.2", "bob", 2, "answered");
    expect(next(failed, answered, held("a.3", "bob", 3))).toEqual(["a.3"]);
  });
  test("a number 32 above the lowest unanswered one of its instance waits", () => {
    const lowest = held("a.5", "bob", 1, "underWay");
    expect(next(lowest, held("a.36", "carol", 2))).toEqual(["a.36"]);
    expect(next(lowest, held("a.37", "carol", 2))).toEqual([]);
    expect(next(lowest, held("b.37", "carol", 2))).toEqual(["b.37"]);
  });
  test("32 are under way at most, over all chats", () => {
    const under = Array.from({ length: 31 }, (_, n) => held(`x${n}.1`, `p${n}`, n, "underWay"));
    const waiting = [held("a.1", "bob", 50), held("b.1", "carol", 51)];
    expect(next(...under, ...waiting)).toEqual(["a.1"]);
    expect(next(...under, held("c.1", "dave", 40, "underWay"), ...waiting)).toEqual([]);
  });
  test("what another client looks after neither goes nor holds anything up", () => {
    const foreign = held("b.1", "bob", 1);
    const mine = turns(
      [foreign, held("a.1", "bob", 2)],
      (writer) => writer === "a",
      () => false,
    );
    expect(mine.map(({ entry }) => entry.cid)).toEqual(["a.1"]);
  });
  test("two of one rank go in the same order everywhere", () => {
    const pair = [held("b.1", "bob", 1), held("a.1", "bob", 1)] as const;
    expect(next(...pair)).toEqual(["a.1"]);
    expect(next(...pair.toReversed())).toEqual(["a.1"]);
  });
  test("something can always go, unless something is under way", () => {
    const some = fc.record({
      instance: fc.constantFrom("a", "b", "c"),
      n: fc.integer({ min: 1, max: 200 }),
      to: fc.constantFrom("bob", "carol", "dave"),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(some, { minLength: 1, selector: ({ instance, n }) => `${instance}.${n}` }),
        (written) => {
          // Within an instance ranks rise with the numbers.
          const all = written
            .toSorted((a, b) => a.n - b.n)
            .map(({ instance, n, to }, rank) => held(`${instance}.${n}`, to, rank));
          expect(next(...all)).not.toEqual([]);
        },
      ),
    );
  });
});
