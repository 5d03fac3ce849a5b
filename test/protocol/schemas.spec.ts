import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { DECIDED, decided, hashes } from "../../scripts/package/schemas.mjs";
import { RULES } from "../../src/events/since.ts";
import { VERSION } from "../../src/protocol/envelope.ts";

type Module = Record<string, unknown>;
const SOURCE = join(import.meta.dirname, "../../src");
const modules = (folder: string): Promise<Module[]> =>
  Promise.all(
    readdirSync(join(SOURCE, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => import(join(SOURCE, folder, name)) as Promise<Module>),
  );
const protocol = await modules("protocol");
const events = await modules("events");

test("the schemas of protocol and events are those that somebody has decided on", () => {
  const now = decided({ version: VERSION, rules: RULES, protocol, events });
  const recorded = existsSync(DECIDED) ? readFileSync(DECIDED, "utf8") : "";
  expect(
    now,
    "A schema of the protocol or of the events has changed. docs/api/schemas.json says how to decide " +
      "whether a version rises; then run: npm run record",
  ).toBe(recorded);
});

test("every schema has a hash, and there are some of each family", () => {
  const names = Object.keys(hashes([...protocol, ...events]));
  expect(names).toEqual(expect.arrayContaining(["ClientFrameShape", "ServerFrameShape", "Fact"]));
});

test("a hash tells a new field, another limit and a new choice, and no other order of fields", () => {
  const hash = (schema: z.ZodType): string | undefined => hashes([{ schema }])["schema"];
  const one = z.object({ a: z.string(), b: z.int() });
  expect(hash(z.object({ b: z.int(), a: z.string() }))).toBe(hash(one));
  expect(hash(z.object({ a: z.string(), b: z.int(), c: z.int().optional() }))).not.toBe(hash(one));
  expect(hash(z.object({ a: z.string().max(5), b: z.int() }))).not.toBe(hash(one));
  expect(hash(z.union([one, z.string()]))).not.toBe(hash(one));
});
