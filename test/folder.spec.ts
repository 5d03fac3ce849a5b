import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../src/folder.ts";

test("[O5] a folder is made with those above it, and one that cannot be made is an error", () => {
  const dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "folder-"));
  const made = join(dir, "a", "b", "c");
  for (let again = 0; again < 2; again++) makeFolder(made);
  expect(existsSync(made)).toBe(true);
  writeFileSync(join(dir, "file"), "");
  for (const none of [join(dir, "file"), join(dir, "file", "x"), "/proc/none/x", ""])
    expect(() => makeFolder(none)).toThrow(/^E[A-Z]+: /);
  rmSync(dir, { recursive: true });
});
