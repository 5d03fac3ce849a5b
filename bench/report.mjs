// One table for people, one line of JSON for scripts.
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { median } from "./tally.mjs";
import { WORKLOADS } from "./workloads.mjs";

/**
 * @typedef {import("./rows.mjs").Goal} Goal
 * @typedef {Record<string, number>} Figures
 * @typedef {{ medians: Figures, rounds: Figures[] }} Result
 */

const HEAD = ["workload", "figure", "median", "rounds", "at least", "aim"];

/**
 * The median of each figure over the rounds.
 * @param {Figures[]} rounds
 * @returns {Result}
 */
export function summarise(rounds) {
  const keys = Object.keys(rounds[0] ?? {});
  const of = (/** @type {string} */ key) => median(rounds.map((figures) => figures[key] ?? NaN));
  return { medians: Object.fromEntries(keys.map((key) => [key, of(key)])), rounds };
}

/**
 * Says what a disk that is waited for costs: `synced`, as a share of what `thr` did in the same run.
 * @param {Record<string, Result>} results
 */
export function compare({ thr, synced }) {
  if (thr === undefined || synced === undefined) return;
  const usual = thr.medians["perSecond"] ?? NaN;
  for (const figures of [synced.medians, ...synced.rounds])
    figures["ofThr"] = (figures["perSecond"] ?? NaN) / usual;
}

/** @param {Record<string, Result>} results */
export function table(results) {
  const lines = Object.entries(results).flatMap(([name, { medians, rounds }]) =>
    (WORKLOADS[name]?.rows ?? []).map(({ label, keys, digits, goal }, i) => {
      const show = (/** @type {number | undefined} */ value) => value?.toFixed(digits) ?? "–";
      const first = keys[0] ?? "";
      const all = rounds.flatMap((figures) => figures[first] ?? []);
      return [
        i === 0 ? name : "",
        label,
        keys.map((key) => show(medians[key])).join(" / "),
        all.length === 0 ? "" : `${show(Math.min(...all))} … ${show(Math.max(...all))}`,
        verdict(goal, goal?.floor, medians[first]),
        verdict(goal, goal?.aim, medians[first]),
      ];
    }),
  );
  const widths = HEAD.map((head, i) => Math.max(...[HEAD, ...lines].map((l) => l[i]?.length ?? 0)));
  const draw = (/** @type {string[]} */ cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width));
  return [HEAD, rule, ...lines].map(draw).join("\n");
}

/**
 * @param {Goal | undefined} goal
 * @param {number | undefined} bound
 * @param {number | undefined} value
 */
function verdict(goal, bound, value = NaN) {
  if (goal === undefined || bound === undefined || Number.isNaN(value)) return "";
  const met = goal.better === "more" ? value >= bound : value <= bound;
  return `${goal.better === "more" ? "≥" : "≤"} ${bound} ${met ? "met" : "MISSED"}`;
}

/**
 * The surroundings that the figures depend on.
 * @param {string} checkout whose server was started
 */
export function machine(checkout) {
  const [first] = cpus();
  return {
    node: process.version,
    commit: commit(checkout),
    cores: cpus().length,
    cpu: first?.model ?? "unknown",
  };
}

/** @param {string} cwd */
function commit(cwd) {
  try {
    const git = (/** @type {string[]} */ ...words) =>
      execFileSync("git", words, {
        cwd,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim();
    const changed = git("status", "--porcelain", "--untracked-files=no") === "" ? "" : "+changes";
    return git("rev-parse", "--short", "HEAD") + changed;
  } catch {
    return "no git";
  }
}
