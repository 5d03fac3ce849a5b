// npm test: all checks and all specs. npm run check: the checks alone. npm test -- <what vitest
// takes>: only these specs, and only what their tiers need is prepared (tiers.mjs). The last line
// counts: each check is one, each spec's test is one.
import "./node.mjs";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { binary } from "./broker/binary.mjs";
import { chromium } from "./chromium.mjs";
import { prepare } from "./prepare.mjs";
import { reason, run, RunError, TOP } from "./run.mjs";
import { chosen, needsOf, specs as allSpecs } from "./tiers.mjs";

const RESULTS = join(TOP, ".posthorn", "test-results.json");
/** The npm scripts that look at the code without running it. */
const CHECKS = ["format:check", "types", "lint", "dead"];

const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);
/** Aborted by a signal: what runs is ended, what has not begun does not begin. */
const over = new AbortController();
const { signal } = over;
const tally = { passed: 0, failed: 0, skipped: 0 };
/** Checks that found something: what they said stands among the lines of the specs. @type {string[]} */
const wrong = [];

/**
 * Does one thing and says how it went.
 * @param {string} name
 * @param {() => Promise<unknown>} work
 * @returns {Promise<boolean>} whether it went well
 */
async function step(name, work) {
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  try {
    signal.throwIfAborted();
    await work();
    say(`✓ ${name} (${seconds()})`);
    return true;
  } catch (error) {
    say((error instanceof RunError && error.output.trim()) || reason(error));
    say(`✗ ${name} (${seconds()})`);
    return false;
  }
}

/** Does a step that all others need: it counts only when it fails. @param {string} name @param {() => Promise<unknown>} work */
async function need(name, work) {
  if (!(await step(name, work))) tally.failed++;
}

/** @param {string} name */
async function check(name) {
  const well = await step(name, () => run("npm", ["run", "--silent", name], { signal }));
  tally[well ? "passed" : "failed"]++;
  if (!well) wrong.push(name);
}

/** @param {string[]} args */
async function specs(args) {
  rmSync(RESULTS, { force: true });
  mkdirSync(dirname(RESULTS), { recursive: true });
  const vitest = join(TOP, "node_modules", ".bin", "vitest");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${RESULTS}`];
  const well = await step("specs", () =>
    run(vitest, ["run", ...reporters, ...args], { signal, show: true }),
  );
  const failedBefore = tally.failed;
  if (existsSync(RESULTS)) count(JSON.parse(readFileSync(RESULTS, "utf8")));
  // An error outside of every test, or no result at all.
  if (!well && tally.failed === failedBefore) tally.failed++;
}

/** @param {{ testResults: { status: string, assertionResults: { status: string }[] }[] }} results */
function count({ testResults }) {
  for (const { status, assertionResults } of testResults) {
    const of = (/** @type {string} */ wanted) =>
      assertionResults.filter((result) => result.status === wanted).length;
    tally.passed += of("passed");
    tally.failed += of("failed");
    tally.skipped += assertionResults.length - of("passed") - of("failed");
    // A file that could not be run as a whole.
    if (status === "failed" && of("failed") === 0) tally.failed++;
  }
}

for (const name of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
  process.on(name, () => over.abort(new Error(`stopped by ${name}`)));

const args = process.argv.slice(2);
const onlyChecks = args[0] === "--static";
const needs = onlyChecks ? new Set() : needsOf(chosen(args, allSpecs()));
await need("prepare", () => prepare({ signal, say, build: needs.has("build") }));
const checks = async () => {
  if (args.length === 0 || onlyChecks) for (const name of CHECKS) await check(name);
};
const broker = async () => void (process.env["NATS_SERVER"] = await binary({ say, signal }));
const browser = async () => void (process.env["CHROMIUM"] = await chromium(say));
// The checks work beside what comes behind them, which waits more.
const checking = checks();
await Promise.all([
  needs.has("nats-server") && need("nats-server", broker),
  needs.has("chromium") && need("chromium", browser),
]);
if (!onlyChecks) await specs(args);
await checking;
for (const name of wrong) say(`✗ ${name}: see above`);
const { passed, failed, skipped } = tally;
say(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 ? 1 : 0;
