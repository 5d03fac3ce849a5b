import type { File } from "./files.ts";

/** A comment, one line or a block, with the line it begins at. */
export interface Comment {
  readonly line: number;
  /** Without the marks of a comment. */
  readonly text: string;
}

const BLOCK = /^[ \t]*\/\*\*?([^]*?)\*\/|^((?:[ \t]*\/\/[^\n]*(?:\n|$))+)/gm;

/** The comments that stand on lines of their own. */
export function comments({ text }: File): Comment[] {
  return [...text.matchAll(BLOCK)].map(({ index, 1: block, 2: lines }) => ({
    line: text.slice(0, index).split("\n").length,
    text: (block ?? lines ?? "").replace(/^[ \t]*(\*|\/\/)[ \t]?/gm, "").trim(),
  }));
}

/** A word that makes the sentence behind it a noun: its subject is then nowhere to be seen. */
const FREE = /^(Who|Whom|Whose|Whoever|Whomever|What|Whatever|Whichever)\b/;

/** The sentences of a text that begin with a clause instead of a noun. Questions may. */
export const clauses = (text: string): string[] =>
  text
    .split(/(?<=[.!?:])\s+(?=[A-Z`])|\n\s*\n/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => FREE.test(sentence) && !sentence.includes("?"));

/** Does a reader learn in one sentence what the file is: at its top, or with what it exports? */
export function opens(file: File): boolean {
  const first = file.text.search(/^(?!import\b|\s|\}|[\w, {]+$)/m);
  const behindImports = file.text.slice(Math.max(first, 0));
  return (
    /^(#![^\n]*\n)?\s*(\/\/|\/\*)/.test(file.text) ||
    /^\s*(\/\/|\/\*)/.test(behindImports) ||
    /(\*\/|^\/\/[^\n]*)\n(export|@)/m.test(file.text)
  );
}

/** How many arguments each call of `name` has: parentheses are counted, and commas between them. */
export const argumentCounts = (text: string, name: string): number[] =>
  [...text.matchAll(new RegExp(`\\b${name}\\(`, "g"))].map(({ index, 0: call }) => {
    let [depth, count] = [1, 1];
    for (let at = index + call.length; depth > 0 && at < text.length; at++) {
      const sign = text[at] ?? "";
      if ("([{".includes(sign)) depth++;
      else if (")]}".includes(sign)) depth--;
      else if (sign === "," && depth === 1 && !/^,\s*\)/.test(text.slice(at))) count++;
    }
    return count;
  });
