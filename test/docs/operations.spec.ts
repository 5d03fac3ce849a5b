import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { Given } from "../../src/config/settings.ts";

const text = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
/** `| \`NAME\` * | default | what |` → the default as it is written. */
const section = text.slice(text.indexOf("\n## Settings\n"), text.indexOf("\n## Limits without"));
const documented = new Map(
  [...section.matchAll(/^\| `([A-Z_]+)` (?:\* )?\| ([^|]+) \|/gm)].map(
    ([, name = "", fallback = ""]) => [name, fallback.replaceAll("`", "")] as const,
  ),
);
const names = Object.keys(Given.shape);

test("the table of settings has every setting, and no other", () => {
  expect([...documented.keys()].toSorted()).toEqual(names.toSorted());
});

test("the table of settings has the defaults the program has", () => {
  const defaults = new Map<string, unknown>(Object.entries(readConfig({})));
  const wrong = names.filter((name) => {
    const given = defaults.get(name);
    const said = documented.get(name) ?? "";
    if (typeof given === "string" || typeof given === "number")
      return said.split(" ")[0] !== `${given}`;
    if (Array.isArray(given) && given.length > 0) return said !== given.join(",");
    return !/^(none|loopback, own port|the demo page|as the demo page's)$/.test(said);
  });
  expect(wrong).toEqual([]);
});

test("a setting that may be a file is marked as one", () => {
  const marked = [...section.matchAll(/^\| `([A-Z_]+)` \* \|/gm)].map(([, name = ""]) => name);
  const asFile = names.filter((name) => {
    try {
      readConfig({ [`${name}_FILE`]: join(import.meta.dirname, "no-such-file") });
      return false;
    } catch (error) {
      return String(error).includes("the file cannot be read");
    }
  });
  expect(marked.toSorted()).toEqual(asFile.toSorted());
});
