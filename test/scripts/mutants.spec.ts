import { describe, expect, test } from "vitest";
import { mutationsOf } from "../../scripts/mutants/mutate.mjs";

/** The texts that come of mutating `code`. */
const mutated = (code: string): string[] =>
  mutationsOf("rule.ts", code).map(
    ({ start, end, text }) => code.slice(0, start) + text + code.slice(end),
  );

describe("a mutant", () => {
  test.each([
    ["a < b;", ["a <= b;", ";"]],
    ["f(a ?? b);", [";", "f(a && b);"]],
    ["const x = !a;", ["const x = a;"]],
    ["const x = a ? b : c;", ["const x = true ? b : c;", "const x = false ? b : c;"]],
    ["const x = 7;", ["const x = 8;"]],
    ["const x = Math.max(a, b);", ["const x = Math.min(a, b);"]],
    ["const x = { ...a };", ["const x = { ...{} };"]],
  ])("of %s is each small change that a spec should notice", (code, all) => {
    expect(mutated(code).toSorted()).toEqual(all.toSorted());
  });

  test("leaves types, imports and claims to the compiler alone", () => {
    const code =
      'import { a } from "./a.ts";\ntype T = 1 | 2;\nconst x = a as T;\nx satisfies never;';
    expect(mutated(code)).toEqual([]);
  });

  test("is named by its line and what is changed", () => {
    expect(mutationsOf("rule.ts", "const a = 1;\nconst b = a < 2;")[1]).toMatchObject({
      line: 2,
      what: "< → <=",
    });
  });
});
