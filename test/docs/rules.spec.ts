import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const TESTS = join(import.meta.dirname, "..");
const page = readFileSync(join(TESTS, "../docs/rules.md"), "utf8");
/** The numbers of the rules, as the page lists them. */
const rules = [...page.matchAll(/^\* \*\*([A-Z]\d+)\*\* /gm)].map(([, rule = ""]) => rule);
/** Citations in titles: `[S3][A4] a second time …`. */
const cited = new Map(
  readdirSync(TESTS, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.spec\.tsx?$/.test(name))
    .flatMap((name) =>
      [...readFileSync(join(TESTS, name), "utf8").matchAll(/["`]((?:\[[A-Z]\d+\])+) /g)].flatMap(
        ([, all = ""]) => [...all.matchAll(/[A-Z]\d+/g)].map(([rule]) => [rule, name] as const),
      ),
    ),
);

describe("the rules", () => {
  test("are each cited by the title of a spec", () => {
    expect(rules.filter((rule) => !cited.has(rule))).toEqual([]);
  });
  test("are all that titles cite", () => {
    const unknown = [...cited].filter(([rule]) => !rules.includes(rule));
    expect(unknown.map(([rule, name]) => `${name}: ${rule}`)).toEqual([]);
  });
  test("have each number once", () => {
    expect(rules.filter((rule, i) => rules.indexOf(rule) !== i)).toEqual([]);
  });
});
