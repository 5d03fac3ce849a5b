import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { Given } from "../../src/config/settings.ts";
import { settingsTable } from "../../src/config/meanings.ts";

const text = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
const section = text.slice(text.indexOf("\n## Settings\n"), text.indexOf("\n## Limits without"));
const names = Object.keys(Given.shape);

test("the table of settings is the one that the schema makes (npm run record)", () => {
  expect(section).toContain(`\n\n${settingsTable()}\n`);
  const documented = [...section.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, name = ""]) => name);
  expect(documented.toSorted()).toEqual(names.toSorted());
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
