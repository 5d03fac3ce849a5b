import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The files of the checkout, as the tidy specs look at them. */
export interface File {
  /** Path from the top. */
  readonly name: string;
  readonly text: string;
}

/** The top of the checkout. */
export const TOP = join(import.meta.dirname, "../..");

/** All files that git has or would take. */
export const files: readonly File[] = execFileSync(
  "git",
  ["ls-files", "-z", "-co", "--exclude-standard"],
  {
    cwd: TOP,
    encoding: "utf8",
  },
)
  .split("\0")
  .filter((name) => name !== "" && existsSync(join(TOP, name)) && !/\.(png|svg|ico)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(TOP, name), "utf8") }));
/** The files with code in them. */
export const code = files.filter(({ name }) =>
  /^(src|test|web|bench|scripts|demo)\/.*\.(tsx?|mjs)$/.test(name),
);
/** Those of the code in or below some folders. */
export const under = (...folders: string[]): readonly File[] =>
  code.filter(({ name }) => folders.some((folder) => name.startsWith(`${folder}/`)));

/** `file:line: text` of each line that matches. */
export const lines = (among: readonly File[], pattern: RegExp): string[] =>
  among.flatMap(({ name, text }) =>
    text
      .split("\n")
      .map((line, i) => (pattern.test(line) ? `${name}:${i + 1}: ${line.trim()}` : ""))
      .filter((line) => line !== ""),
  );

/** All modules that a file imports, re-exports or names in an `import()` type; relative ones from the top. */
const STATEMENT =
  /^(?:import|export)\b[^;"]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;
export const imports = ({ name, text }: File): string[] =>
  [...text.matchAll(STATEMENT)]
    .map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "")
    .map((target) => (target.startsWith(".") ? join(dirname(name), target) : target));
