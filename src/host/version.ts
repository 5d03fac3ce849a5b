import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The version of this program, as its package says; `unknown` where there is none beside it. */
export function ownVersion(): string {
  try {
    const text = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");
    const { version } = JSON.parse(text) as { version?: unknown };
    return typeof version === "string" ? version : "unknown";
  } catch {
    return "unknown";
  }
}
