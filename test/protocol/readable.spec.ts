import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readable } from "../../src/protocol/write.ts";

const UNREADABLE = '{"type":"Unreadable"}';
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("the text of an entry", () => {
  test("is what it is when it is JSON, whoever wrote it", () => {
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.nat(), fc.boolean(), fc.jsonValue());
    const event = fc.dictionary(fc.oneof(fc.constant("body"), fc.string()), value);
    fc.assert(
      fc.property(event, (fields) => {
        const text = JSON.stringify({ type: "X", ...fields });
        expect(readable(text)).toBe(text);
      }),
    );
  });

  test("is never passed on when it is none, however close it comes", () => {
    const good = JSON.stringify({
      type: "X",
      author: "alice",
      cause: 10,
      body: 'a\\"b\n',
      ok: true,
    });
    const spoilt = fc.tuple(
      fc.nat(good.length - 1),
      fc.nat(2),
      fc.constantFrom(
        "",
        '"',
        "\\",
        "{",
        "}",
        ",",
        ":",
        "0",
        "01",
        "\n",
        "\u0000",
        "\\x",
        "1e",
        "tru",
      ),
    );
    fc.assert(
      fc.property(spoilt, ([at, cut, put]) => {
        const text = good.slice(0, at) + put + good.slice(at + cut);
        expect(readable(text)).toBe(isJson(text) ? text : UNREADABLE);
      }),
      { numRuns: 2_000 },
    );
    for (const text of ["", "{}}", '{"type":"X"} ', '{"type":"X"},"a":1', '{"type":"X","n":01}'])
      expect(readable(text)).toBe(isJson(text) ? text : UNREADABLE);
  });

  test("that does not fit is found out in one go, however long it is", () => {
    const long = `{"type":"X","body":"${"\\n".repeat(100_000)}`;
    expect(readable(long)).toBe(UNREADABLE);
  });
});
