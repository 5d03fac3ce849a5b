import { describe, expect, test } from "vitest";
import { code } from "./files.ts";
import { clauses, comments, opens } from "./text.ts";

describe("a comment", () => {
  test("begins with its subject, which is a noun", () => {
    const wrong = code.flatMap((file) =>
      comments(file).flatMap(({ line, text }) =>
        clauses(text).map((sentence) => `${file.name}:${line}: ${sentence.slice(0, 60)}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test("is found with its sentences, and a clause as their subject is told", () => {
    const text =
      "/** Whom it may concern. A noun. */\n// What it is,\n// in two lines\nconst a = 1; // What\n";
    const found = comments({ name: "a.ts", text });
    expect(found).toEqual([
      { line: 1, text: "Whom it may concern. A noun." },
      { line: 2, text: "What it is,\nin two lines" },
    ]);
    expect(found.flatMap((each) => clauses(each.text))).toHaveLength(2);
    expect(clauses("A noun. What is asked? Where we are root, apt is there.")).toEqual([]);
  });
});

describe("a file", () => {
  test("says in a sentence what it is, at its top or with what it exports", () => {
    const silent = code.filter(({ name }) => !/\.(spec|config)\.tsx?$/.test(name));
    expect(silent.filter((file) => !opens(file)).map(({ name }) => name)).toEqual([]);
  });

  test("without a sentence is told", () => {
    expect(
      opens({ name: "a.ts", text: 'import { b } from "./b.ts";\nexport const a = b;\n' }),
    ).toBe(false);
    expect(opens({ name: "a.ts", text: "/** One. */\nexport const a = 1;\n" })).toBe(true);
    expect(opens({ name: "a.mjs", text: "// One.\nrun();\n" })).toBe(true);
  });
});
