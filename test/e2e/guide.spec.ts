import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startApp } from "../support/app.ts";
import { folder } from "../support/folder.ts";

const TOP = join(import.meta.dirname, "../..");
const run = promisify(execFile);

test("[W5] the guide's program for Node shows its message, and ends", async () => {
  const guide = readFileSync(join(TOP, "docs/client.md"), "utf8");
  const program = /`hello\.mjs`:\n\n```js\n([^]*?)```/.exec(guide)?.[1] ?? "none";
  const app = await startApp({ ALLOWED_ORIGINS: "none" });
  const cwd = folder();
  // As npm would lay it out: the package by its name, with what is built.
  mkdirSync(join(cwd, "node_modules"));
  symlinkSync(TOP, join(cwd, "node_modules/posthorn"));
  symlinkSync(join(TOP, "node_modules/ws"), join(cwd, "node_modules/ws"));
  writeFileSync(join(cwd, "hello.mjs"), program);
  const env = { PATH: process.env["PATH"], POSTHORN: app.url };
  const { stdout, stderr } = await run(process.execPath, ["hello.mjs"], { cwd, env });
  expect([stdout, stderr]).toEqual(["alice: Hello from Node!\n", ""]);
  await app.stop();
});
