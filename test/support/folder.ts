import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder that goes when the test is over. */
export function folder(): string {
  const dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "posthorn-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
