import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { demandOptions } from "../../scripts/demandarguments.mjs";
import { prepare } from "../../scripts/prepare.mjs";
import { TOP } from "../../scripts/run.mjs";
import { Crowd } from "./crowd/crowd.ts";
import { arrange } from "./history/history.ts";
import { readHistory, Recorder, type Pen } from "./history/recorder.ts";
import { judged, type Verdict } from "./invariants/invariants.ts";
import { watchLeaders } from "./leaders.ts";
import { readLog } from "./log.ts";
import { BUILDS } from "./broken/builds.mjs";
import { Cluster } from "./nemesis/cluster.ts";
import type { Prey } from "./nemesis/hand.ts";
import { Nemesis } from "./nemesis/nemesis.ts";
import { planOf, type Kind } from "./nemesis/plan.ts";
import { shaped } from "./nemesis/shapes.ts";
import { lay, remove } from "./nemesis/smalldisks.ts";
import { readOptions, type Options } from "./options.ts";
import { reportOf, vacuous } from "./report/report.ts";

/** People chat for so long before the first fault. */
const CALM_MS = 8_000;
/** Everybody has everything within this time of the last fault. */
const QUIET_MS = 60_000;
const MEMORY_EVERY_MS = 2_000;
/** The loop of the harness is looked at so often; one that was late by half a second may have missed something. */
const TICK_MS = 100;
const STALL_MS = 500;
const AUDIT_MS = 180_000;
const AUDIT_TRIES = 4;
const AUDIT_AGAIN_MS = 5_000;
/** The exit code of an auditor that has found something. */
const FOUND = 3;

type Kinds = readonly [Kind, ...Kind[]];

const run = promisify(execFile);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** One run from an empty folder to a report. Returns the exit code. */
async function faults(options: Options, signal: AbortSignal): Promise<number> {
  const { dir, seed, minutes, broken } = options;
  const histories = join(dir, "history");
  const only = options.check ? options.only : await play(options, histories, signal);
  const history = arrange(readHistory(histories));
  const verdicts = judged(history);
  const report = reportOf({ seed, minutes, only, broken }, history, verdicts);
  const file = options.report ?? join(dir, "report.md");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, report);
  say(report);
  say(`The report is in ${file}, the history in ${histories}`);
  const isWell = verdicts.every(({ breaches }) => breaches.length === 0);
  if (isWell) rmSync(join(dir, "cluster"), { recursive: true, force: true });
  if (broken !== undefined) return isNoticed(broken, verdicts) ? 0 : 1;
  return isWell && vacuous(history).length === 0 ? 0 : 1;
}

/** Is one of the promises found broken that this build breaks? A machine that is too slow may seem to break others. */
function isNoticed(broken: string, verdicts: readonly Verdict[]): boolean {
  const { promises = [], says = /./ } = BUILDS[broken] ?? {};
  return verdicts.some(
    ({ id, breaches }) => promises.includes(id) && breaches.some((breach) => says.test(breach)),
  );
}

/** Lets a crowd chat in a cluster that is hurt, and writes down what happens. Returns the kinds of faults that could be made. */
async function play(options: Options, histories: string, signal: AbortSignal): Promise<Kinds> {
  const { dir, seed, minutes, broken } = options;
  const home = join(dir, "cluster");
  remove(home);
  for (const old of [histories, home]) rmSync(old, { recursive: true, force: true });
  const only = possible(options.only, home);
  const recorder = new Recorder(histories);
  const cluster = new Cluster(home, broken);
  const pen = recorder.pen("nemesis");
  let crowd: Crowd | undefined;
  const watches = [watched(cluster, pen), watchLeaders(cluster, pen)];
  try {
    say("the cluster starts …");
    await cluster.start(signal);
    pen({ what: "clock", wall: Date.now() });
    const people = new Crowd(cluster.url, seed, recorder.pen("crowd"));
    crowd = people;
    await crowd.start();
    say(`${Crowd.devices.length} devices chat …`);
    await pause(CALM_MS, undefined, { signal });
    recorder.hear((happening) => {
      if (happening.what !== "fault") return;
      const { phase, kind, target, detail = "" } = happening;
      say(`${(happening.at / 1_000).toFixed(1)} s: ${kind} ${target} ${phase} (${detail})`);
    });
    const prey: Prey = { cluster, hurt: (device, how) => people.hurt(device, how) };
    const nemesis = new Nemesis(prey, pen, signal);
    const plan = shaped(planOf(seed, only, Crowd.devices), BUILDS[broken ?? ""]?.shape);
    await nemesis.work(plan, minutes * 60_000);
    pen({ what: "healed" });
    crowd.rest();
    crowd.lastWords();
    say("everything is whole again; waiting for quiet …");
    await crowd.quiet(QUIET_MS, signal);
    await crowd.tellAll();
    await crowd.stop();
    for (const watch of watches) watch.stop();
    await audit(cluster, recorder);
    return only;
  } finally {
    for (const watch of watches) watch.stop();
    await crowd?.stop();
    await cluster.stop();
    remove(home);
    await recorder.close();
  }
}

/** The kinds of faults that can be made here: disks that can be full are mounted. @throws Error when that leaves none. */
function possible(only: Kinds, home: string): Kinds {
  if (!only.includes("full") || lay(home)) return only;
  const [first, ...others] = only.filter((kind) => kind !== "full");
  if (first === undefined) throw new Error("--only full: no file system can be mounted here");
  say("disks are not filled: no file system can be mounted here");
  return [first, ...others];
}

/** Samples memory and the loop's own delays. */
function watched(cluster: Cluster, pen: Pen): { stop: () => void } {
  const memory = setInterval(() => {
    try {
      for (const [process, bytes] of cluster.memory()) pen({ what: "memory", process, bytes });
    } catch {
      // It does not run yet.
    }
  }, MEMORY_EVERY_MS);
  let last = performance.now();
  const loop = setInterval(() => {
    const ms = performance.now() - last - TICK_MS;
    last = performance.now();
    if (ms > STALL_MS) pen({ what: "stall", ms: Math.round(ms) });
  }, TICK_MS);
  return {
    stop: () => {
      clearInterval(memory);
      clearInterval(loop);
    },
  };
}

/** One command of Posthorn, to its end. */
const answer = (
  cli: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; says: string }> =>
  run(process.execPath, [cli, ...args], { env, timeout: AUDIT_MS }).then(
    ({ stdout }) => ({ code: 0, says: stdout.trim() }),
    (error: { code?: number; stdout?: string; stderr?: string }) => ({
      code: error.code ?? 1,
      says: `${error.stdout}${error.stderr}`.trim(),
    }),
  );

/** Reads the streams, and asks Posthorn's own auditors. */
async function audit(cluster: Cluster, recorder: Recorder): Promise<void> {
  say("reading the streams …");
  const settings = cluster.operator();
  await readLog(settings, recorder.pen("log"));
  const pen = recorder.pen("audits");
  const ask = async (by: string, args: string[], env: Record<string, string>): Promise<void> => {
    const cli = join(TOP, "dist", "cli.js");
    const told = { PATH: process.env["PATH"], ...settings, ...env };
    let heard = await answer(cli, args, told);
    // A broker whose leaders have just changed is asked again; what was found is no matter of chance.
    for (let tries = 1; tries < AUDIT_TRIES && ![0, FOUND].includes(heard.code); tries++)
      heard = await pause(AUDIT_AGAIN_MS).then(() => answer(cli, args, told));
    // The report is for everybody: where things lie on this machine is nobody's business.
    const says = heard.says.replaceAll(cluster.dir, "").replaceAll(TOP, "");
    pen({ what: "audit", by, code: heard.code, says });
  };
  await ask("posthorn check", ["check"], {});
  for (const name of cluster.names.filter((each) => each.startsWith("projections-")))
    await ask(`posthorn views verify of ${name}`, ["views", "verify"], {
      DATA_DIR: resolve(cluster.dir, name),
    });
}

const over = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(name, () => {
    say("\nstopping …");
    over.abort(new Error(`ended by ${name}`));
  });
const options = demandOptions(readOptions);
try {
  await prepare({ signal: over.signal, say });
  process.exitCode = await faults(options, over.signal);
} catch (error) {
  const reason = over.signal.aborted ? over.signal.reason : error;
  process.stderr.write(`posthorn: ${reason instanceof Error ? reason.stack : String(reason)}\n`);
  process.exitCode = 1;
}
// Sockets that are still closing keep nobody waiting.
process.exit();
