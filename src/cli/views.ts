import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import { logTo } from "../log.ts";
import { source } from "../nats/read/sources.ts";
import { ACTIVITY_STREAM, mailboxStream } from "../nats/subjects.ts";
import type { Source } from "../events/source.ts";
import { rebuild, type Rebuilt } from "../projections/rebuild.ts";
import { VIEWS } from "../projections/registry.ts";
import { folderOf } from "../projections/store/store.ts";
import { verify, type Verdict } from "../projections/verify.ts";
import { openBroker } from "../host/broker.ts";
import { Scope } from "../host/scope.ts";
import { argumentsIn, carryOut, type Run } from "./command.ts";
import { EXIT, fail, print } from "./exit.ts";

const HELP = `posthorn views verify     are the views what a replay of the streams gives?
posthorn views rebuild    drop the views and replay the streams

Posthorn may be running meanwhile. Settings are those of Posthorn (docs/operations.md).

  --view NAME  rebuild this view alone, and those that read its rows:
               ${VIEWS.map(({ name }) => name).join(", ")}
  --json       JSON lines instead of sentences, one per stream
  -h, --help   this text

Exit codes: 0 well, 1 failed, 2 wrong usage, 3 the views differ, 4 NATS cannot be reached
`;

const OPTIONS = {
  view: { type: "string" },
  json: { type: "boolean" },
} as const;

/** The way out of views that are wrong. */
const REMEDY = "`posthorn views rebuild` mends it";

/** `posthorn views`: looks after the views from outside of the process that keeps them. Returns the exit code. */
export const views: Run = (args, env) =>
  carryOut({ help: HELP, read: readArguments, run }, args, env);

interface Asked {
  readonly command: "verify" | "rebuild";
  readonly view: string | undefined;
  readonly json: boolean;
}

/** Reads the arguments. @throws Error with what is wrong about them. */
function readArguments(args: readonly string[]): Asked {
  const { values, positionals } = argumentsIn(args, OPTIONS);
  const { view, json = false } = values;
  const [command, ...more] = positionals;
  if ((command !== "verify" && command !== "rebuild") || more.length > 0)
    throw new Error("it is either verify or rebuild (--help tells more)");
  if (view === undefined) return { command, view, json };
  if (command === "verify") throw new Error("--view goes with rebuild: verify looks at every view");
  if (VIEWS.every(({ name }) => name !== view))
    throw new Error(`--view: there is no view ${JSON.stringify(view)} (--help lists them)`);
  return { command, view, json };
}

/** Are the views of a stream this process's? Where each process keeps some streams only, they are if they are there. */
const isKept =
  ({ VIEW_REPLICAS, DATA_DIR }: Settings) =>
  ({ name }: Source): boolean =>
    VIEW_REPLICAS === undefined || existsSync(folderOf(join(DATA_DIR, "views"), name));

async function run({ command, view, json }: Asked, settings: Settings): Promise<number> {
  const log = logTo(settings.LOG_LEVEL).child({ part: "views" });
  const scope = new Scope(log);
  let sources: Source[];
  try {
    sources = (await openSources(settings, scope, log)).filter(isKept(settings));
  } catch (error) {
    await scope.stop();
    return fail(EXIT.unreachable, error);
  }
  const dir = join(settings.DATA_DIR, "views");
  try {
    if (command === "verify") return await verified(dir, sources, log, json);
    await rebuild({ dir, sources, view, log }, (rebuilt) =>
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
  return [...mailboxes, ACTIVITY_STREAM].map((stream) =>
    source(link, topology, stream, "gathering", log),
  );
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

function sentenceOf({ stream, seq, dead, bugs }: Rebuilt): string {
  const parts = [`${stream}: rebuilt up to ${seq}`];
  if (dead > 0) parts.push(`${dead} entries could not be read`);
  if (bugs > 0) parts.push(`${bugs} entries were left out by a bug, see the log`);
  return parts.join("; ");
}

function verdictOf(verdict: Verdict): string {
  const { stream, seq, same, unproven, differs, view, missing } = verdict;
  if (missing !== undefined) return `${stream}: ${missing}; ${REMEDY}`;
  if (differs !== undefined) {
    const where = view === undefined ? differs : `${differs} (${view})`;
    return `${stream}: differs at ${seq}, first in the row ${where}; ${REMEDY}`;
  }
  const rest = unproven > 0 ? `; of ${unproven} the stream no longer has the activity` : "";
  return `${stream}: ${same} rows are what a replay up to ${seq} gives${rest}`;
}
