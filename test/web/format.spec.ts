import { describe, expect, test } from "vitest";
import { dayName, hue, initials, isBigEmoji, pieces, seenAt, stamp } from "../../web/format.ts";

const links = (text: string) => pieces(text).flatMap(({ href }) => href ?? []);
const shown = (text: string) =>
  pieces(text)
    .map((piece) => piece.text)
    .join("");

describe("a text with addresses", () => {
  test("[W1] links to http and https, and is shown exactly as it was written", () => {
    const text = "see https://a.example/x?y=1, or (http://b.example). Bye";
    expect(links(text)).toEqual(["https://a.example/x?y=1", "http://b.example"]);
    expect(shown(text)).toBe(text);
  });
  test("keeps the brackets that belong to an address", () => {
    expect(links("https://a.example/wiki/Horn_(brass).")).toEqual([
      "https://a.example/wiki/Horn_(brass)",
    ]);
  });
  test.each([
    ["“https://example.com/a”", "https://example.com/a"],
    ["‘https://example.com/a’", "https://example.com/a"],
    ["«https://example.com/a»,", "https://example.com/a"],
    ["„https://example.com/a“ sagte er", "https://example.com/a"],
    ["（https://example.com/a）です", "https://example.com/a"],
    ["「https://example.com/a」と言った", "https://example.com/a"],
    ["https://example.com/a…", "https://example.com/a"],
    ["https://example.com/a。次", "https://example.com/a"],
    ["https://example.com/a؟", "https://example.com/a"],
    ["https://example.com/a।", "https://example.com/a"],
    ["[https://example.com/a],", "https://example.com/a"],
    ["»https://example.com/a«!", "https://example.com/a"],
    ["見てね～https://example.com/a～", "https://example.com/a"],
    ["https://example.com/a๚", "https://example.com/a"],
    ["https://example.com/a։", "https://example.com/a"],
    ["﴿https://example.com/a﴾", "https://example.com/a"],
    ["´https://example.com/a´", "https://example.com/a"],
    ["https://example.com/a👍🏽", "https://example.com/a"],
    ["https://example.com/a🇧🇪❤️!", "https://example.com/a"],
    ["https://example.com/❤️/a", "https://example.com/❤️/a"],
    ["https://example.com/a/?q=1&r=#top!", "https://example.com/a/?q=1&r=#top"],
    ["https://example.com/l’eau_(film)/", "https://example.com/l’eau_(film)/"],
    ["https://example.com/日本（東京）", "https://example.com/日本（東京）"],
  ])("takes out of %j no mark of the sentence around it", (text, address) => {
    expect(links(text)).toEqual([address]);
    expect(shown(text)).toBe(text);
  });
  test.each([
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "&#x6a;avascript:alert(1)",
    "http://",
    "xhttps://a.example",
    "",
  ])("makes no link of %j", (text) => {
    expect(links(text)).toEqual([]);
    expect(shown(text)).toBe(text);
  });
  test("ends an address before a mark that turns the reading direction", () => {
    expect(links("https://a.example/\u202Egpj.exe")).toEqual(["https://a.example/"]);
  });
});

describe("a time", () => {
  const now = new Date(2026, 4, 13, 15, 0).getTime();
  const at = (day: number, hour: number) => new Date(2026, 4, day, hour, 3).getTime();

  test("of last seen names the day as a person would", () => {
    expect(seenAt(at(13, 14), now)).toBe("today at 14:03");
    expect(seenAt(at(12, 23), now)).toBe("yesterday at 23:03");
    expect(seenAt(at(9, 9), now)).toBe("Saturday at 09:03");
    expect(seenAt(at(1, 9), now)).toBe("1 May 2026 at 09:03");
  });
  test("in the chat list is the clock today and the day before that", () => {
    expect([stamp(at(13, 0), now), stamp(at(12, 23), now), stamp(at(2, 9), now)]).toEqual([
      "00:03",
      "Yesterday",
      "02/05/2026",
    ]);
  });
  test("ahead of this clock is still today", () => {
    expect(dayName(now + 60_000, now)).toBe("Today");
  });
});

test("a few emoji alone are drawn big, and nothing else is", () => {
  for (const big of ["😂", "👍🏽 🎉", "👩‍👩‍👧‍👦", "🇧🇪🇳🇱"]) expect(isBigEmoji(big), big).toBe(true);
  for (const small of ["", "1", "ok 👍", "😂😂😂😂", "#*"])
    expect(isBigEmoji(small), small).toBe(false);
});

test("an avatar has one or two letters, and a name always the same colour", () => {
  expect(["bob", "mary_ann", "_-_", "a-b-c"].map(initials)).toEqual(["B", "MA", "_", "AB"]);
  expect(hue("bob")).toBe(hue("bob"));
});
