import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TOP } from "../../scripts/run.mjs";
import { BUILDS } from "../harness/broken/builds.mjs";
import { KINDS } from "../harness/nemesis/plan.ts";
import { readOptions } from "../harness/options.ts";

const page = readFileSync(join(TOP, "docs", "testing.md"), "utf8");
/** The cells of each row of the tables behind a heading. */
const rowsOf = (heading: string): string[][] =>
  (page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map((cells) => cells.slice(1, -1));

test("docs/testing.md names for each broken build a command that can be run, and the promises that it breaks", () => {
  const [, ...rows] = rowsOf("Broken builds");
  const told = rows.map(([name = "", , command = "", flagged = ""]) => {
    const args = command.replaceAll("`", "").replace("npm run faults -- ", "").split(" ");
    const { broken = "" } = readOptions(args);
    expect(name).toBe(`\`${broken}\``);
    const by = flagged.match(/I\d+/g) ?? [];
    expect(by.some((id) => BUILDS[broken]?.promises.includes(id))).toBe(true);
    return broken;
  });
  expect(told.toSorted()).toEqual(Object.keys(BUILDS).toSorted());
});

test("docs/testing.md names for each kind of fault specs of npm test that exist", () => {
  const [, ...rows] = rowsOf("Every fault once");
  const kinds = rows.flatMap(([kind]) => kind || []);
  expect(kinds.toSorted()).toEqual([...KINDS].toSorted());
  for (const [, of, specs = ""] of rows) {
    const files = specs.match(/test\/[\w/]+\.spec\.ts/g) ?? [];
    expect(files, of).not.toEqual([]);
    expect(files.filter((file) => !existsSync(join(TOP, file)))).toEqual([]);
  }
});
