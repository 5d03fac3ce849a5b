import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TOP = join(import.meta.dirname, "../..");

/** By file of the build, what the next version has instead. */
const CHANGES: Readonly<Record<string, readonly (readonly [now: string, then: string])[]>> = {
  // A spec has not the ten seconds that an operator has.
  "config/settings.js": [["SETTLE_MS_MIN = 10_000", "SETTLE_MS_MIN = 1"]],
  "events/since.js": [["MessageSent: FIRST_RULES,", "MessageSent: FIRST_RULES, ShoutSent: 2,"]],
  // One that knows the type folds it as a message.
  "events/fact.js": [
    ["export const Fact =", "const Known ="],
    [
      "//# sourceMappingURL",
      'export const Fact = z.preprocess((said) => said?.type === "ShoutSent" ? { ...said, type: "MessageSent" } : said, Known);\n//# sourceMappingURL',
    ],
  ],
  "gateway/session/sending.js": [
    [
      '{ type: "MessageSent", author',
      '{ type: body.startsWith("!") ? "ShoutSent" : "MessageSent", author',
    ],
  ],
  "nats/names.js": [['case "MessageSent":', 'case "ShoutSent": case "MessageSent":']],
  "nats/publish/facts.js": [['case "MessageSent":', 'case "ShoutSent": case "MessageSent":']],
};

/**
 * The next version of the program: the build, with one type of event more. A send that begins with "!" is stored as `ShoutSent`.
 * Returns its main.js. The folder is removed with that of all specs.
 */
export function newerBuild(): string {
  const dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "newer-"));
  symlinkSync(join(TOP, "node_modules"), join(dir, "node_modules"));
  for (const each of ["dist", "package.json"])
    cpSync(join(TOP, each), join(dir, each), { recursive: true });
  for (const [name, changes] of Object.entries(CHANGES)) {
    const path = join(dir, "dist", name);
    let text = readFileSync(path, "utf8");
    for (const [now, then] of changes) {
      if (!text.includes(now)) throw new Error(`${name} has no ${now}`);
      text = text.replaceAll(now, then);
    }
    writeFileSync(path, text);
  }
  return join(dir, "dist/main.js");
}
