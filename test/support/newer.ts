import { cpSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildProgram } from "../../scripts/build/program.mjs";

const TOP = join(import.meta.dirname, "../..");

/** By source, what the next version has instead. */
const CHANGES: Readonly<Record<string, readonly (readonly [now: string, then: string])[]>> = {
  // A spec has not the ten seconds that an operator has.
  "config/settings.ts": [["SETTLE_MS_MIN = 10_000", "SETTLE_MS_MIN = 1"]],
  "events/since.ts": [["MessageSent: FIRST_RULES,", "MessageSent: FIRST_RULES, ShoutSent: 2,"]],
  // One that knows the type folds it as a message.
  "events/fact.ts": [
    ["export const Fact =", "const Known ="],
    [
      "export type Fact =",
      'export const Fact = z.preprocess((said: any) => said?.type === "ShoutSent" ? { ...said, type: "MessageSent" } : said, Known);\nexport type Fact =',
    ],
  ],
  "gateway/session/sending.ts": [
    [
      '{ type: "MessageSent", author',
      '{ type: body.startsWith("!") ? "ShoutSent" : "MessageSent", author',
    ],
  ],
  "nats/names.ts": [['case "MessageSent":', 'case "ShoutSent": case "MessageSent":']],
  "nats/publish/facts.ts": [['case "MessageSent":', 'case "ShoutSent": case "MessageSent":']],
};

/**
 * The next version of the program, with one type of event more. A send that begins with "!" is stored as `ShoutSent`.
 * Returns its main.js. The folder is removed with that of all specs.
 */
export async function newerBuild(): Promise<string> {
  const dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "newer-"));
  symlinkSync(join(TOP, "node_modules"), join(dir, "node_modules"));
  cpSync(join(TOP, "package.json"), join(dir, "package.json"));
  await buildProgram(join(dir, "dist"), (file, text) =>
    (CHANGES[file] ?? []).reduce((now, [was, then]) => {
      if (!now.includes(was)) throw new Error(`${file} has no ${was}`);
      return now.replaceAll(was, then);
    }, text),
  );
  return join(dir, "dist/main.js");
}
