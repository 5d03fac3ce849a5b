import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TIERS } from "../../scripts/tiers.mjs";

const TOP = join(import.meta.dirname, "../..");
const read = (name: string): string => readFileSync(join(TOP, name), "utf8");
const TEXT = read("CONTRIBUTING.md");
/** Words between back-ticks. */
const quoted = [...TEXT.matchAll(/`([^`\n]+)`/g)].map(([, word = ""]) => word);

describe("CONTRIBUTING.md", () => {
  test("names files and folders that exist", () => {
    const paths = quoted.filter(
      (word) => /^[\w.-]+(\/[\w.-]+)*\/?$/.test(word) && /[/]/.test(word),
    );
    expect(paths.filter((path) => !existsSync(join(TOP, path)))).toEqual([]);
    expect(paths.length).toBeGreaterThan(40);
  });

  test("names scripts that package.json has", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = quoted.flatMap((word) => /^npm (?:run )?([\w:]+)/.exec(word)?.[1] ?? []);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    expect(named).toEqual(expect.arrayContaining(["dev", "seed", "test", "record"]));
  });

  test("puts each folder of specs into the tier that it has", () => {
    for (const { name, folders } of TIERS) {
      const row = TEXT.split("\n").find((line) => line.startsWith(`| ${name} |`)) ?? "";
      const told = [...row.matchAll(/`test\/(\w+)\/`/g)].map(([, folder]) => folder);
      expect(told, name).toEqual(folders);
    }
  });

  test("has the six recipes, each with its steps in order", () => {
    const recipes = TEXT.split("## Six recipes")[1]?.split("\n## ")[0] ?? "";
    const steps = recipes
      .split(/^\*\*/m)
      .slice(1)
      .map((recipe) => recipe.match(/^\d+(?=\.)/gm) ?? []);
    expect(steps).toHaveLength(6);
    for (const each of steps) expect(each).toEqual(each.map((_, i) => `${i + 1}`));
  });
});

describe("the index of decisions", () => {
  const FOLDER = "docs/adr";
  const files = readdirSync(join(TOP, FOLDER))
    .filter((name) => /^\d{4}-.*\.md$/.test(name))
    .sort();
  const numberOf = (file: string): number => Number(file.slice(0, 4));
  /** All that a decision says of itself before its context. */
  const head = (file: string): string => read(join(FOLDER, file)).split(/^## /m)[0] ?? "";

  function status(file: string): string {
    const by = [...head(file).matchAll(/superseded by \[ADR (\d+)\]/gi)]
      .map(([, n]) => n)
      .join(", ");
    if (by === "") return "accepted";
    return /^Superseded by/m.test(head(file))
      ? `superseded by ${by}`
      : `in part superseded by ${by}`;
  }

  test("lists every decision with its title and its status", () => {
    const rows = files.map((file) => {
      const title = /^# \d+\. (.+)$/m.exec(read(join(FOLDER, file)))?.[1] ?? "no title";
      return `| ${numberOf(file)} | [${title}](${file}) | ${status(file)} |`;
    });
    const listed = read(join(FOLDER, "README.md"))
      .split("\n")
      .filter((line) => /^\| \d/.test(line));
    expect(listed).toEqual(rows);
  });

  test("has no number twice, and its titles say the numbers of their files", () => {
    expect(new Set(files.map(numberOf)).size).toBe(files.length);
    const wrong = files.filter((file) => !head(file).startsWith(`# ${numberOf(file)}. `));
    expect(wrong).toEqual([]);
  });

  test("knows of each decision that another one says it supersedes", () => {
    const unmarked = files.flatMap((file) =>
      [...head(file).matchAll(/Supersedes \[ADR (\d+)\]/g)]
        .map(([, n]) => files.find((other) => numberOf(other) === Number(n)) ?? `ADR ${n}`)
        .filter((other) => !status(other).includes(`superseded by`))
        .map((other) => `${other} is superseded by ${file}, and does not say so`),
    );
    expect(unmarked).toEqual([]);
  });
});
