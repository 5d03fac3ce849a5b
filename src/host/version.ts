import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

let known: string | undefined;

/** The version of this program, as its package says; `unknown` where there is none around it. Read once: each beat of a host says it. */
export const ownVersion = (): string => (known ??= readVersion());

function readVersion(): string {
  try {
    const text = readFileSync(join(packageOf(import.meta.dirname), "package.json"), "utf8");
    const { version } = JSON.parse(text) as { version?: unknown };
    return typeof version === "string" ? version : "unknown";
  } catch {
    return "unknown";
  }
}

/** The nearest folder around this one that has a package: the program is compiled into several. */
const packageOf = (dir: string): string =>
  existsSync(join(dir, "package.json")) || dirname(dir) === dir ? dir : packageOf(dirname(dir));
