import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { expect, test } from "vitest";
import { inSources } from "../src/trace.ts";

const dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "trace-"));
const at = (name: string): string => pathToFileURL(join(dir, name)).href;

/** Two sources in one file, and a stack of it: the place of its `throw`. */
function built(name: string): string {
  const throws =
    '/* a\n * word */ export const fail = () => {\n\n  throw new Error("of it");\n};\n';
  writeFileSync(join(dir, "fails.ts"), throws);
  const calls = 'import { fail } from "./fails.ts";\nexport const all = (): void => fail();\n';
  writeFileSync(join(dir, "calls.ts"), calls);
  const outfile = join(dir, name);
  buildSync({
    entryPoints: [join(dir, "calls.ts")],
    outfile,
    bundle: true,
    format: "esm",
    sourcemap: true,
  });
  const lines = readFileSync(outfile, "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes("throw new"));
  const column = lines[line]?.indexOf("throw") ?? 0;
  return `Error: of it\n    at fail (${at(name)}:${line + 1}:${column + 1})\n    at node:net:1:1`;
}

test("[O14] a stack names the source and its line, where the build has a map", () => {
  const stack = built("whole.js");
  const expected = `Error: of it\n    at fail (${at("fails.ts")}:4:3)\n    at node:net:1:1`;
  expect(inSources(stack)).toBe(expected);
  expect(inSources(stack)).toBe(expected);
});

test("[O14] a stack stays as it is where there is no map, none that can be read, and no such line", () => {
  const stack = built("torn.js");
  writeFileSync(join(dir, "torn.js.map"), '{"version":3,"sources":["fails.ts"]');
  expect(inSources(stack)).toBe(stack);
  built("other.js");
  for (const place of [`${at("other.js")}:9999:1`, `${at("absent.js")}:1:1`, "/srv/a.js:1:1"])
    expect(inSources(`Error\n    at ${place}`)).toBe(`Error\n    at ${place}`);
});
