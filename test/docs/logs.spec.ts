import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { under } from "../tidy/files.ts";

const text = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");

/** Where a call of a log begins, behind its parenthesis. */
const CALL = /\b(?:log\)?\s*\.(?:fatal|error|warn|info)|chronicle\s*\.failed)\(/gi;
const LAST_TEXT = /"((?:[^"\\]|\\.)*)"\s*,?\s*$/;
/** Messages that stand in a constant, by its name. */
const CONSTANT = /\bconst (?:SHORTER|WORDS)\b[^;]*;/g;

/** The text from `from` to the parenthesis that closes there. */
function inside(source: string, from: number): string {
  let depth = 1;
  let end = from;
  for (; depth > 0 && end < source.length; end++) {
    const sign = source[end] ?? "";
    if ("([{".includes(sign)) depth++;
    else if (")]}".includes(sign)) depth--;
  }
  return source.slice(from, end - 1);
}

interface Said {
  readonly file: string;
  readonly message: string;
}

/** The messages that the program says at `info` and above, with the files that say them. */
const said: Said[] = under("src")
  .filter(({ name }) => !name.startsWith("src/client/"))
  .flatMap(({ name: file, text: source }) => {
    const calls = [...source.matchAll(CALL)].flatMap(({ index, 0: call }) => {
      const [, message] = LAST_TEXT.exec(inside(source, index + call.length).trim()) ?? [];
      return message === undefined ? [] : [message];
    });
    const constants = [...source.matchAll(CONSTANT)].flatMap(([all]) =>
      [...all.matchAll(/"([^"]{8,})"/g)].map(([, message = ""]) => message),
    );
    return [...calls, ...constants].map((message) => ({ file, message }));
  });

describe("the log, as docs/operations.md tells it,", () => {
  test("is found in the program: some seventy messages of four levels", () => {
    expect(said.length).toBeGreaterThan(60);
    for (const message of ["ready", "session opened", "entry set aside", "reader failed"])
      expect(said.map((each) => each.message)).toContain(message);
  });

  test("has every message of info and above, so that nobody has to read the program at night", () => {
    const missing = said.filter(({ message }) => !text.includes(`\`${message}\``));
    expect(missing).toEqual([]);
  });

  test("has no message in its table that nobody says any more", () => {
    const table = text.slice(
      text.indexOf("\n### What to do about a line"),
      text.indexOf("\n### Disk full"),
    );
    const told = [...table.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \|/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, message = ""]) => message),
    );
    const known = new Set(said.map(({ message }) => message));
    expect(told.length).toBeGreaterThan(40);
    expect(told.filter((message) => !known.has(message))).toEqual([]);
  });
});

test("what to do when something is wrong is the first section for operators, and each sign leads on", () => {
  const [first] = [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
  expect(first).toBe("When something is wrong");
  const signs = text.slice(text.indexOf("| sign |"), text.indexOf("### Readiness"));
  expect(signs.match(/^\| /gm)?.length).toBeGreaterThan(10);
});
