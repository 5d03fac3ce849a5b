import { readFileSync } from "node:fs";
import { join } from "node:path";

let known: string | undefined;

/** The version of this program, as its package says; `unknown` where there is none beside it. Read once: each beat of a host says it. */
export const ownVersion = (): string => (known ??= readVersion());

function readVersion(): string {
  try {
    const text = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");
    const { version } = JSON.parse(text) as { version?: unknown };
    return typeof version === "string" ? version : "unknown";
  } catch {
    return "unknown";
  }
}
