import { describe, expect, test } from "vitest";
import { chosen, needsOf, specs, TIERS, tierOf, type Need } from "../../scripts/tiers.mjs";
import { code, imports } from "./files.ts";

/** Modules that nobody can use without the thing beside them. */
const MARKS: readonly (readonly [string, Need])[] = [
  ["scripts/broker/launch.mjs", "nats-server"],
  ["test/support/app.ts", "build"],
  ["test/support/browser.ts", "chromium"],
];
const importsOf = new Map(code.map((file) => [file.name, imports(file)]));

/** All that a file imports, and what that imports. */
function closure(name: string): Set<string> {
  const seen = new Set([name]);
  for (const each of seen) for (const next of importsOf.get(each) ?? []) seen.add(next);
  return seen;
}

describe("a spec", () => {
  test("lies in the folder of a tier that has what the spec needs", () => {
    const wrong = specs().flatMap((file) => {
      const used = closure(file);
      const { name, needs } = tierOf(file);
      return MARKS.filter(([mark, need]) => used.has(mark) && !needs.includes(need)).map(
        ([mark, need]) => `${file} needs ${need} (it uses ${mark}), but lies in tier ${name}`,
      );
    });
    expect(wrong).toEqual([]);
  });

  test("of pure rules needs nothing, one of the page everything", () => {
    expect([...needsOf(["test/rules/sends.spec.ts"])]).toEqual([]);
    expect([...needsOf(["test/browser/page.spec.ts"])]).toEqual([
      "build",
      "nats-server",
      "chromium",
    ]);
  });

  test("has one tier: no folder is named twice", () => {
    const folders = TIERS.flatMap((tier) => tier.folders);
    expect(new Set(folders).size).toBe(folders.length);
  });
});

describe("npm test", () => {
  const files = [
    "test/rules/sends.spec.ts",
    "test/broker/lanes.spec.ts",
    "test/e2e/client.spec.ts",
  ];

  test("without a path runs all specs", () => {
    expect(chosen([], files)).toEqual(files);
    expect(chosen(["--bail=1"], files)).toEqual(files);
  });
  test("with a path runs those whose path has it", () => {
    expect(chosen(["test/rules"], files)).toEqual(["test/rules/sends.spec.ts"]);
    expect(chosen(["./test/rules/", "lanes"], files)).toEqual(files.slice(0, 2));
    expect(chosen(["test/rules/sends.spec.ts:12"], files)).toEqual(["test/rules/sends.spec.ts"]);
  });
  test("takes the word behind an option for its value, and prepares everything", () => {
    expect(chosen(["-t", "lanes"], files)).toEqual(files);
    expect(chosen(["test/rules", "-t", "lanes"], files)).toEqual(files.slice(0, 2));
  });
  test("with a path that nothing has prepares everything, and lets vitest say so", () => {
    expect(chosen(["test/nowhere"], files)).toEqual(files);
  });
});
