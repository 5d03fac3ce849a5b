import { describe, expect, test } from "vitest";
import { traced } from "../src/trace.ts";

describe("an error in the log", () => {
  test("has its stack, so that the place of a bug is found", () => {
    expect(traced(new TypeError("peer is undefined"))).toMatch(
      /^TypeError: peer is undefined\n\s+at .*log\.spec\.ts:\d+/,
    );
  });
  test("has the errors that caused it, with theirs", () => {
    const text = traced(new Error("outer", { cause: new RangeError("inner") }));
    expect(text).toMatch(/^Error: outer\n\s+at [^]*\ncaused by: RangeError: inner\n\s+at /);
  });
  test("is text also when no error was thrown", () => {
    expect(traced("plain")).toBe("plain");
    expect(traced(undefined)).toBe("undefined");
  });
});
