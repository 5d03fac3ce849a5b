// npm run bench: see docs/benchmarks.md, or --help.
import { writeFileSync } from "node:fs";
import { platform } from "node:os";
import { dirname } from "node:path";
import { demandOptions, sayHelp } from "../scripts/demandarguments.mjs";
import { HELP, parseOptions } from "./options.mjs";
import { openFilesMax } from "./proc.mjs";
import { profileTable, readProfiles } from "./profiles.mjs";
import { compare, machine, summarise, table } from "./report.mjs";
import { RAISED, startServer } from "./server.mjs";
import { WORKLOADS, openFilesFor } from "./workloads.mjs";

/**
 * @typedef {import("./people.mjs").Bench} Bench
 * @typedef {import("./people.mjs").Facts} Facts
 * @typedef {import("./options.mjs").Options} Options
 */

const say = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);

/** @param {Options} options */
async function main(options) {
  if (platform() !== "linux") throw new Error("the bench reads /proc: it runs on Linux only");
  const tooFew = options.names.find((name) => openFilesFor(name) > openFilesMax());
  if (tooFew !== undefined)
    throw new Error(
      `${tooFew} needs ${openFilesFor(tooFew)} open files per process, and ${openFilesMax()} are ` +
        `allowed: ulimit -n ${openFilesFor(tooFew)}`,
    );
  const interrupt = new AbortController();
  for (const name of /** @type {const} */ (["SIGINT", "SIGTERM"]))
    process.once(name, () => interrupt.abort(new Error(`stopped by ${name}`)));

  /** @type {Record<string, import("./report.mjs").Result>} */
  const results = {};
  /** @type {Facts} */
  const told = {};
  for (const name of options.names)
    results[name] = summarise(await workload(name, options, interrupt.signal, told));
  compare(results);

  const { seconds, warmup, rounds, env, profile } = options;
  const settings = { seconds, warmup, rounds, profile, ...RAISED, ...env };
  const facts = { ...machine(dirname(options.start)), ...told, settings };
  const line = JSON.stringify({ ...facts, workloads: results });
  process.stdout.write(`\n${table(results)}\n\n${explain(facts)}\n\n${line}\n`);
  if (options.json !== undefined) writeFileSync(options.json, `${line}\n`);
}

/**
 * All rounds of one workload.
 * @param {string} name
 * @param {Options} options
 * @param {AbortSignal} interrupt
 * @param {Facts} facts
 */
async function workload(name, options, interrupt, facts) {
  const { title, fresh, round, shipped, laps, env: own } = WORKLOADS[name] ?? {};
  if (round === undefined) throw new Error(`no workload ${name}`);
  say(`${name}: ${title}`);
  const { start: script, args, env, profile, seconds, warmup, rounds, entries } = options;
  const settings = { ...env, ...own };
  const start = () =>
    startServer({ name, script, args, env: settings, shipped, profile, laps, signal: interrupt });
  const figures = [];
  let server = await start();
  try {
    for (let i = 1; i <= rounds; i++) {
      if (fresh && i > 1) {
        await server.stop();
        server = await start();
      }
      const setting = { name: `${name}-${i}`, server, seconds, warmup, entries, facts };
      const one = await oneRound(round, setting, interrupt);
      figures.push(one);
      say(`  round ${i} of ${rounds}: ${JSON.stringify(one, (_, value) => rounded(value))}`);
    }
    facts["broker"] = server.broker();
  } catch (error) {
    await server.stop().catch((also) => say(also.message));
    throw error;
  }
  await server.stop();
  if (profile) {
    const lifecycles = figures.reduce((sum, one) => sum + (one["lifecycles"] ?? 0), 0);
    say(profileTable(await readProfiles(server.profiles), lifecycles || undefined));
  }
  return figures;
}

/**
 * @param {import("./workloads.mjs").Workload["round"]} round
 * @param {Pick<Bench, "name" | "server" | "seconds" | "warmup" | "entries" | "facts">} setting
 * @param {AbortSignal} interrupt
 */
async function oneRound(round, setting, interrupt) {
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, interrupt]);
  signal.throwIfAborted();
  const fail = (/** @type {Error} */ error) => failure.abort(error);
  void setting.server.gone.then(fail);
  const failed = new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
  /** @type {Bench} */
  const bench = { ...setting, signal, fail, devices: new Set() };
  try {
    return /** @type {Record<string, number>} */ (await Promise.race([round(bench), failed]));
  } finally {
    for (const device of bench.devices) device.drop();
  }
}

/** @param {unknown} value */
const rounded = (value) => (typeof value === "number" ? Number(value.toPrecision(4)) : value);

/** @param {Record<string, unknown>} facts */
const explain = (facts) =>
  Object.entries(facts)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("\n");

sayHelp(HELP);
const options = demandOptions(parseOptions);
try {
  await main(options);
} catch (error) {
  say(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
