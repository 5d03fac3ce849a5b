import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const DIST = join(import.meta.dirname, "../../dist");
/** A process loaded some 530 files when each was a module of its own (docs/adr/0067). */
const FILES_MAX = 40;
/** The line before each module in a file of the build: where it is from. */
const FROM = /^\/\/ (node_modules\/\S+)$/gm;
const IMPORTED = /(?:^|\s)(?:import|from)\s*\(?"([^"]+)"/g;

/** Files of the build that one loads, at once or later, and packages that stay outside. */
function loadedBy(entries: readonly string[]) {
  const files = new Set(entries.map((name) => join(DIST, name)));
  const packages = new Set<string>();
  for (const file of files)
    for (const [, name = ""] of readFileSync(file, "utf8").matchAll(IMPORTED))
      if (name.startsWith(".")) files.add(join(file, "..", name));
      else if (!isBuiltin(name)) packages.add(name);
  const text = [...files].map((file) => readFileSync(file, "utf8")).join("\n");
  const inside = [...text.matchAll(FROM)].map(([, path = ""]) => path);
  return { files, packages, inside };
}

test("[O14] a server and the thread of its views are a few files, with all of their libraries in them but LMDB", () => {
  const { files, packages, inside } = loadedBy(["main.js", "host/worker.js"]);
  expect(files.size).toBeLessThan(FILES_MAX);
  expect([...packages]).toEqual(["lmdb"]);
  for (const name of ["zod", "jose", "hono", "pino", "ws", "@nats-io/nats-core"])
    expect(
      inside.some((path) => path.startsWith(`node_modules/${name}/`)),
      name,
    ).toBe(true);
});

test("[O14] of zod no language but English is loaded", () => {
  const { inside } = loadedBy(["main.js", "host/worker.js"]);
  const languages = inside.filter((path) => path.includes("/zod/v4/locales/"));
  expect(languages).toEqual(["node_modules/zod/v4/locales/en.js"]);
});

test("[O14] an error of the built program names its source", () => {
  const at = (name: string): string => JSON.stringify(pathToFileURL(join(DIST, name)).href);
  const program = `
    const { settingsOf } = await import(${at("serve.js")});
    const { traced } = await import(${at("trace.js")});
    const fail = () => { throw new Error("of a setting"); };
    const env = new Proxy({}, { ownKeys: fail, get: fail });
    await settingsOf(env).catch((error) => console.log(traced(error)));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  expect(stdout).toMatch(/^Error: of a setting\n[^]*\/src\/config\/config\.ts:\d+:\d+/);
  expect(stdout).not.toContain("/dist/program/");
});
