import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TOP } from "../run.mjs";
import { closure } from "./files.mjs";

/** Where the reviewed one lies. */
export const RECORDED = join(TOP, "docs", "api", "client.d.ts");
const HEAD = `// The declarations of the client's package, file by file, without comments: written by npm run record,
// reviewed with every change. A spec compares it with what is built.
`;

/** Everything that the built client declares to those who embed it. */
export function api() {
  const { exports } = JSON.parse(readFileSync(join(TOP, "package.json"), "utf8"));
  const types = [...closure(exports).files].filter(([name]) => name.endsWith(".d.ts"));
  const parts = types
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => `\n// ${name.replace(/^dist\//, "")}\n${withoutComments(text)}`);
  return HEAD + parts.join("");
}

/** @param {string} text */
const withoutComments = (text) =>
  text
    .replace(/^\s*\/\*\*[^]*?\*\/\n/gm, "")
    .replace(/^\s*\/\/.*\n/gm, "")
    .replace(/\n{2,}/g, "\n");
