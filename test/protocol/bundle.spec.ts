import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { code, type File } from "../tidy/files.ts";

/** Imports that are still there at run time: those that name a value. */
const VALUES = /^(?:import|export)\s+(?!type\b)(?:[^;"]*?\bfrom\s+)?"([^"]+)"/gm;
const needs = ({ name, text }: File): string[] =>
  [...text.matchAll(VALUES)].map(([, target = ""]) =>
    target.startsWith(".") ? join(dirname(name), target) : target,
  );

test("a page that loads the client loads no schema library", () => {
  const byName = new Map(code.map((file) => [file.name, file]));
  const seen = new Set<string>();
  const found: string[] = [];
  const visit = (name: string): void => {
    const file = byName.get(name);
    if (file === undefined || seen.has(name)) return;
    seen.add(name);
    for (const target of needs(file)) {
      if (target === "zod") found.push(name);
      visit(target);
    }
  };
  visit("src/client/client.ts");
  expect(seen.size).toBeGreaterThan(20);
  expect(found).toEqual([]);
});
