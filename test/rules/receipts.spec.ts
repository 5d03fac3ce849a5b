import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Copy } from "../../src/events/copy.ts";
import type { Event } from "../../src/events/event.ts";
import { Fact } from "../../src/events/fact.ts";
import { claimOf, isReceipt, merge, wordsOf } from "../../src/rules/receipts.ts";

test("receipts alone are merged: nothing else is one", () => {
  const of = (type: string): boolean => isReceipt({ type } as Event);
  expect(["MessageDelivered", "MessageRead"].map(of)).toEqual([true, true]);
  const others = ["MessageSent", "SessionOpened", "SessionClosed", "UserActive"];
  const own = ["StreamBegan", "RulesRaised", "GenerationBegan", "OwnerClaimed", "OwnerLeft"];
  expect([...others, ...own].filter(of)).toEqual([]);
});

const marks = fc.record({ delivered: fc.nat(9), read: fc.nat(9) });
const highest = (a: number, b: number): number => Math.max(a, b);

describe("[T4] the word for two watermarks", () => {
  test("is read when all that was delivered is read", () =>
    expect(wordsOf({ delivered: 7, read: 7 })).toEqual({ type: "MessageRead", upTo: 7 }));
  test("is delivered, with what was read of it, when more was delivered", () =>
    expect(wordsOf({ delivered: 7, read: 4 })).toEqual({
      type: "MessageDelivered",
      upTo: 7,
      read: 4,
    }));
  test("says nothing of reading when nothing was read", () =>
    expect(wordsOf({ delivered: 7, read: 0 })).toEqual({ type: "MessageDelivered", upTo: 7 }));
  test("says both of them, read implying delivered", () =>
    fc.assert(
      fc.property(marks, ({ delivered, read }) => {
        const words = wordsOf({ delivered, read });
        expect(claimOf(words)).toEqual({ delivered: highest(delivered, read), read });
        if ("read" in words) expect(words.read).toBeLessThan(words.upTo);
      }),
    ));
});

describe("two receipts as one", () => {
  const copy = (cause: number) =>
    marks.map((each) => ({ ...wordsOf(each), author: "bob", peer: "alice", cause }));
  test("say the higher of each watermark, in whatever order they came", () =>
    fc.assert(
      fc.property(copy(1), copy(2), (first, second) => {
        const [a, b] = [claimOf(first), claimOf(second)];
        const both = claimOf(merge(first, second));
        expect(both).toEqual(claimOf(merge(second, first)));
        expect(both).toEqual({
          delivered: highest(a.delivered, b.delivered),
          read: highest(a.read, b.read),
        });
      }),
    ));
  test("have the cause of the last, and are a copy that can be opened", () =>
    fc.assert(
      fc.property(copy(1), copy(2), (first, second) => {
        const one = merge(first, second);
        expect(one).toEqual({ ...wordsOf(claimOf(one)), author: "bob", peer: "alice", cause: 2 });
        expect(Copy.parse(one)).toEqual(one);
      }),
    ));
  test("of two devices, name the device that spoke last", () => {
    const first = {
      type: "MessageRead",
      author: "b",
      peer: "a",
      device: "phone",
      upTo: 4,
    } as const;
    const last = { ...first, type: "MessageDelivered", device: "laptop", upTo: 9 } as const;
    const one = merge<typeof first | typeof last>(first, last);
    expect(Fact.parse(one)).toEqual({ ...last, read: 4 });
  });
});
