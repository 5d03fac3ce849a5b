import { describe, expect, test } from "vitest";
import { INSTANCES_MAX, isRepeat, remember, type Sends } from "../../src/rules/sends.ts";

const after = (...cids: string[]): Sends => cids.reduce(remember, []);

describe("a send", () => {
  test("of an unknown client instance is new", () => {
    expect(isRepeat(after("tab.5"), "other.5")).toBe(false);
  });
  test("with a higher n is new, gaps allowed", () => {
    expect(isRepeat(after("tab.5"), "tab.9")).toBe(false);
  });
  test("with the last or a lower n is a repeat", () => {
    expect(isRepeat(after("tab.5"), "tab.5")).toBe(true);
    expect(isRepeat(after("tab.5"), "tab.4")).toBe(true);
  });
  test("is recognised however much other instances sent in between", () => {
    expect(isRepeat(after("tab.5", "phone.1", "phone.2"), "tab.5")).toBe(true);
  });
});

describe("what is remembered", () => {
  const crowd = Array.from({ length: INSTANCES_MAX }, (_, i) => `i${i}.1`);

  test("is bounded, and the instance used least recently goes first", () => {
    const sends = after(...crowd, "new.1");
    expect(sends).toHaveLength(INSTANCES_MAX);
    expect(isRepeat(sends, "i0.1")).toBe(false);
    expect(isRepeat(sends, "i1.1")).toBe(true);
  });
  test("keeps an instance that goes on sending", () => {
    expect(isRepeat(after(...crowd, "i0.2", "new.1"), "i0.2")).toBe(true);
  });
  test("has one place per instance", () => {
    expect(after("tab.1", "phone.1", "tab.2")).toEqual([
      ["tab", 2],
      ["phone", 1],
    ]);
  });
});
