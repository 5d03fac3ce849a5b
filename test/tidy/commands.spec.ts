import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { TOP } from "./files.ts";

const read = (name: string): string => readFileSync(join(TOP, name), "utf8");

/** The imports of a module as it is loaded: an `import()` comes later, when its packages may be there. */
const STATIC = /^(?:(?:import|export)\b[^"';]*\bfrom|import)\s*"([^"]+)"/gm;

/** The modules that a program is loaded with, from the top. */
function loaded(program: string): Set<string> {
  const seen = new Set([program]);
  for (const file of seen) {
    if (!file.endsWith(".mjs")) continue;
    for (const [, target = ""] of read(file).matchAll(STATIC))
      seen.add(target.startsWith(".") ? join(dirname(file), target) : target);
  }
  return seen;
}

/** The commands that are programs of this checkout. */
const commands = Object.entries(
  (JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts,
).flatMap(([name, line]) => {
  const [, program] = /^(?:exec )?node (\S+\.mjs)/.exec(line) ?? [];
  return program === undefined ? [] : [[name, program] as const];
});

describe("[O1] in a fresh clone, where no package is installed and nothing is built", () => {
  test.each(commands)("npm run %s can be loaded", (_, program) => {
    const early = [...loaded(program)].filter((name) => !/^(node:|scripts\/|bench\/)/.test(name));
    expect(early).toEqual([]);
  });

  test("a module that needs a package is told from one that needs none", () => {
    expect([...loaded("scripts/mutants/mutate.mjs")]).toContain("vite");
    expect([...loaded("scripts/package/files.mjs")]).toContain("esbuild");
  });
});
