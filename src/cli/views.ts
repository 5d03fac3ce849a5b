import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Logger } from "pino";
import { readConfig, type Settings } from "../config/config.ts";
import { logTo } from "../log.ts";
import { source } from "../nats/read/reader.ts";
import { ACTIVITY_STREAM, mailboxStream } from "../nats/subjects.ts";
import type { Source } from "../events/source.ts";
import { rebuild, type Rebuilt } from "../projections/rebuild.ts";
import { verify, type Verdict } from "../projections/verify.ts";
import { openBroker } from "../host/broker.ts";
import { Scope } from "../host/scope.ts";

const HELP = `npm run views -- verify          are the views what a replay of the streams gives?
npm run views -- rebuild         drop the views and replay the streams
npm run views -- verify --json   one JSON object per stream

Posthorn may be running meanwhile. Settings are those of Posthorn (docs/operations.md).

  --json      JSON lines instead of sentences
  -h, --help  this text

Exit codes: 0 well, 1 failed, 2 wrong usage, 3 the views differ, 4 NATS cannot be reached
`;

/** What a command ends with: the help says which is which. */
const EXIT = { well: 0, failed: 1, usage: 2, differs: 3, unreachable: 4 } as const;

/**
 * `npm run views`: looks after the views from outside of the process that keeps them.
 * @param env the settings (config.ts).
 * @returns the exit code.
 */
export async function views(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  let asked;
  try {
    const options = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
    asked = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    return fail(EXIT.usage, error);
  }
  const [command, ...more] = asked.positionals;
  if (asked.values.help) return print(HELP);
  if ((command !== "verify" && command !== "rebuild") || more.length > 0)
    return fail(EXIT.usage, "it is either verify or rebuild (--help tells more)");
  try {
    const settings = readConfig({ ...env, LOG_LEVEL: env["LOG_LEVEL"] ?? "error" });
    return await run(command, settings, asked.values.json ?? false);
  } catch (error) {
    return fail(EXIT.failed, error);
  }
}

async function run(
  command: "verify" | "rebuild",
  settings: Settings,
  json: boolean,
): Promise<number> {
  const log = logTo(settings.LOG_LEVEL).child({ part: "views" });
  const scope = new Scope(log);
  let sources: Source[];
  try {
    sources = await openSources(settings, scope, log);
  } catch (error) {
    await scope.stop();
    return fail(EXIT.unreachable, error);
  }
  const dir = join(settings.DATA_DIR, "views");
  try {
    if (command === "verify") return await verified(dir, sources, log, json);
    await rebuild(dir, sources, log, (rebuilt) =>
      print(json ? JSON.stringify(rebuilt) : sentenceOf(rebuilt)),
    );
    return EXIT.well;
  } finally {
    await scope.stop();
  }
}

async function openSources(settings: Settings, scope: Scope, log: Logger): Promise<Source[]> {
  const { link, topology } = await openBroker(settings, "posthorn-views-cli", scope, log);
  const mailboxes = Array.from({ length: topology.partitions }, (_, p) => mailboxStream(p));
  return [...mailboxes, ACTIVITY_STREAM].map((stream) => source(link, topology, stream, log));
}

async function verified(
  dir: string,
  sources: readonly Source[],
  log: Logger,
  json: boolean,
): Promise<number> {
  // Beside the views: a replay needs as much room as they do.
  const scratch = `${dir}-verify-${process.pid}`;
  try {
    const verdicts = await verify(dir, scratch, sources, log);
    for (const verdict of verdicts) print(json ? JSON.stringify(verdict) : verdictOf(verdict));
    return verdicts.some(({ differs, missing }) => differs ?? missing) ? EXIT.differs : EXIT.well;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const sentenceOf = ({ stream, seq, dead }: Rebuilt): string =>
  `${stream}: rebuilt up to ${seq}${dead > 0 ? `; ${dead} entries could not be read` : ""}`;

function verdictOf({ stream, seq, same, unproven, differs, missing }: Verdict): string {
  if (missing !== undefined) return `${stream}: ${missing}`;
  if (differs !== undefined) return `${stream}: differs at ${seq}, first in the row ${differs}`;
  const rest = unproven > 0 ? `; of ${unproven} the stream no longer has the activity` : "";
  return `${stream}: ${same} rows are what a replay up to ${seq} gives${rest}`;
}

function print(text: string): number {
  process.stdout.write(`${text.trimEnd()}\n`);
  return EXIT.well;
}

function fail(code: number, error: unknown): number {
  process.stderr.write(`posthorn: ${error instanceof Error ? error.message : String(error)}\n`);
  return code;
}
