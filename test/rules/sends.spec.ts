import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  INSTANCES_MAX,
  isRepeat,
  isUsed,
  note,
  parseCid,
  WINDOW,
  type SendNames,
  type Sends,
} from "../../src/rules/sends.ts";

const after = (...cids: string[]): Sends =>
  cids.reduce<Sends>((all, cid) => note(all, { cid }), []);
const repeats = (sends: Sends, cid: string, replaces?: string): boolean =>
  isRepeat(sends, { cid, replaces });

describe("a send", () => {
  test("of an unknown client instance is new", () => {
    expect(repeats(after("tab.5"), "other.5")).toBe(false);
  });
  test("with a higher n is new, gaps allowed", () => {
    expect(repeats(after("tab.5"), "tab.9")).toBe(false);
  });
  test("with the last n is a repeat", () => {
    expect(repeats(after("tab.5"), "tab.5")).toBe(true);
  });
  test("[S4] with a lower n that was not stored is late, not a repeat", () => {
    const sends = after("tab.5", "tab.8", "tab.7");
    expect(repeats(sends, "tab.6")).toBe(false);
    expect(repeats(sends, "tab.7")).toBe(true);
    expect(repeats(sends, "tab.5")).toBe(true);
  });
  test("of the lowest n in the window is late, one below it is a repeat", () => {
    const sends = after("tab.1", "tab.40");
    expect(repeats(sends, `tab.${40 - WINDOW + 1}`)).toBe(false);
    expect(repeats(sends, `tab.${40 - WINDOW}`)).toBe(true);
  });
  test("is recognised however much other instances sent in between", () => {
    expect(repeats(after("tab.5", "phone.1", "phone.2"), "tab.5")).toBe(true);
  });
});

test("a number 32 or more above the last one leaves nothing known below it", () => {
  expect(after("tab.1", "tab.2", "tab.34")).toEqual([["tab", 34, 0]]);
  expect(after("tab.1", "tab.2", "tab.33")).toEqual([["tab", 33, 1 << 30]]);
});

test("of a user 64 instances are remembered, and of each 32 numbers", () =>
  expect([INSTANCES_MAX, WINDOW]).toEqual([64, 32]));

describe("a retry", () => {
  test("of a send that was stored all the same is a repeat", () => {
    expect(repeats(after("tab.5"), "tab.6", "tab.5")).toBe(true);
  });
  test("[S6] that is a repeat uses up its own number: it stays one when what it replaces has left the window", () => {
    const retried = note(after("tab.0"), { cid: "tab.1", replaces: "tab.0" });
    const later = note(retried, { cid: `tab.${WINDOW}` });
    expect(repeats(later, "tab.1", "tab.0")).toBe(true);
  });
  test("[S6] of a send that was not stored is new, and both numbers are used", () => {
    const sends = note(after("tab.5"), { cid: "phone.1", replaces: "tab.6" });
    expect(isUsed(sends, "phone.1")).toBe(true);
    expect(isUsed(sends, "tab.6")).toBe(true);
  });
  test("[S6] of a send of an instance that nobody knows is new, and both numbers are used", () => {
    const sends = note([], { cid: "phone.1", replaces: "tab.6" });
    expect(isUsed(sends, "tab.6")).toBe(true);
    expect(isUsed(sends, "tab.5")).toBe(false);
  });
  test("uses no number below the window, nor one twice: the mask has bits for 31 alone", () => {
    const below = note(after("tab.40"), { cid: "phone.1", replaces: `tab.${40 - WINDOW}` });
    expect(below).toEqual([
      ["phone", 1, 0],
      ["tab", 40, 0],
    ]);
    expect(note(after("tab.5"), { cid: "tab.6", replaces: "tab.6" })).toEqual([["tab", 6, 1]]);
  });
  test("of a send below the window is new: nobody can tell whether it was stored", () => {
    expect(repeats(after("tab.50"), "phone.1", "tab.2")).toBe(false);
  });
});

describe("the list of repeats", () => {
  const crowd = Array.from({ length: INSTANCES_MAX }, (_, i) => `i${i}.1`);

  test("is bounded, and the instance used least recently goes first", () => {
    const sends = after(...crowd, "new.1");
    expect(sends).toHaveLength(INSTANCES_MAX);
    expect(repeats(sends, "i0.1")).toBe(false);
    expect(repeats(sends, "i1.1")).toBe(true);
  });
  test("keeps an instance that goes on sending", () => {
    expect(repeats(after(...crowd, "i0.2", "new.1"), "i0.2")).toBe(true);
  });
  test("has one place per instance", () => {
    expect(after("tab.1", "phone.1", "tab.2")).toEqual([
      ["tab", 2, 1],
      ["phone", 1, 0],
    ]);
  });
});

/** The rule as it is written down: all numbers that were ever used, and nothing clever. */
class Naive {
  /** The instance used last stands last. */
  readonly #used = new Map<string, Set<number>>();

  accepts({ cid, replaces }: SendNames): boolean {
    if (this.#isUsed(cid)) return false;
    if (replaces !== undefined && !this.#isBelow(replaces) && this.#isUsed(replaces)) {
      this.#use(cid);
      return false;
    }
    for (const each of [replaces, cid]) if (each !== undefined) this.#use(each);
    return true;
  }

  #isBelow(cid: string): boolean {
    const { instance, n } = parseCid(cid);
    return n <= Math.max(...(this.#used.get(instance) ?? [])) - WINDOW;
  }

  #isUsed(cid: string): boolean {
    const { instance, n } = parseCid(cid);
    return this.#isBelow(cid) || this.#used.get(instance)?.has(n) === true;
  }

  #use(cid: string): void {
    const { instance, n } = parseCid(cid);
    const all = this.#used.get(instance) ?? new Set();
    this.#used.delete(instance);
    this.#used.set(instance, all.add(n));
    const [oldest = ""] = this.#used.keys();
    if (this.#used.size > INSTANCES_MAX) this.#used.delete(oldest);
  }
}

const few = fc.constantFrom("tab", "phone", "bot");
const many = fc.nat(INSTANCES_MAX + 6).map((i) => `i${i}`);
const near = fc.nat(90);
const far = fc.oneof(near, fc.constantFrom(1_000, 999_999_999_999_999));

test.each([
  ["few instances", few, near],
  ["numbers far apart", few, far],
  ["more instances than are remembered", many, fc.nat(40)],
])("%s: a send is accepted exactly when the written rule accepts it", (_, name, n) => {
  const cid = fc.tuple(name, n).map(([instance, each]) => `${instance}.${each}`);
  const send = fc.record({ cid, replaces: fc.option(cid, { nil: undefined, freq: 3 }) });
  fc.assert(
    fc.property(fc.array(send, { maxLength: 200, size: "max" }), (run) => {
      const naive = new Naive();
      let sends: Sends = [];
      for (const each of run) {
        expect(!isRepeat(sends, each), JSON.stringify(each)).toBe(naive.accepts(each));
        sends = note(sends, each);
        expect(sends.length).toBeLessThanOrEqual(INSTANCES_MAX);
      }
    }),
  );
});
