import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { entries, reference, REFERENCE } from "../../scripts/package/reference.mjs";

const TOP = join(import.meta.dirname, "../..");
const ENTRIES = entries();

describe("the client's reference", () => {
  test("is what the types in src say: npm run record writes it", () => {
    expect(readFileSync(REFERENCE, "utf8")).toBe(reference(ENTRIES));
  });

  test("has every entry of the package", () => {
    const { exports } = JSON.parse(readFileSync(join(TOP, "package.json"), "utf8")) as {
      exports: Record<string, string | object>;
    };
    const entered = Object.keys(exports).filter((name) => typeof exports[name] === "object");
    const headings = readFileSync(REFERENCE, "utf8").match(/^## .*$/gm) ?? [];
    const wanted = entered.map((name) => `## ${name.replace(/^\./, "posthorn")}`);
    expect(headings).toEqual(wanted);
  });

  test("has a sentence for each export and each of its members", () => {
    const said = ENTRIES.flatMap(({ name, exported }) =>
      exported.flatMap((each) => [
        { of: `${name} ${each.name}`, words: each.words },
        ...each.members.map(({ name: member, words }) => ({
          of: `${name} ${each.name}.${member}`,
          words,
        })),
      ]),
    );
    // A list of errors alone does not say what something is.
    const isSentence = (words: string): boolean =>
      /[.?!)]$/.test(words) && !words.startsWith("Throws ");
    expect(said.filter(({ words }) => !isSentence(words)).map(({ of }) => of)).toEqual([]);
    expect(said.map(({ of }) => of)).toEqual(
      expect.arrayContaining([
        "posthorn/client ChatClient.send",
        "posthorn/client ClientOptions.getToken",
        "posthorn/bot BotOptions.onMessage",
        "posthorn/preact chatSignals.unread",
      ]),
    );
  });
});
