import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { TOP } from "../../scripts/run.mjs";
import { BUILDS } from "./broken/builds.mjs";
import { KINDS, type Kind } from "./nemesis/plan.ts";

const MINUTES_MAX = 24 * 60;
const SEED_MAX = 2 ** 31 - 1;

/** The options of a run. */
export interface Options {
  readonly seed: number;
  readonly minutes: number;
  /** Kinds of faults. */
  readonly only: readonly [Kind, ...Kind[]];
  /** The file of the report; undefined: beside the history. */
  readonly report: string | undefined;
  /** Where everything of the run lies. */
  readonly dir: string;
  /** The build of `broken/builds.mjs` that is run; undefined: the real one. */
  readonly broken: string | undefined;
  /** Nothing is run: the history in `dir` is judged again. */
  readonly check: boolean;
}

const OPTIONS = {
  seed: { type: "string" },
  minutes: { type: "string", default: "2" },
  only: { type: "string", default: KINDS.join(",") },
  report: { type: "string" },
  dir: { type: "string" },
  broken: { type: "string" },
  check: { type: "boolean", default: false },
} as const;

/** Reads the arguments. @throws Error with the option and its rule. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const seed = numberIn("--seed", values.seed ?? `${Date.now() % 1_000_000}`, SEED_MAX);
  const dir = resolve(values.dir ?? join(TOP, ".posthorn", "faults", `${seed}`));
  return {
    seed: Math.floor(seed),
    minutes: numberIn("--minutes", values.minutes, MINUTES_MAX),
    only: kindsIn(values.only),
    report: values.report === undefined ? undefined : resolve(values.report),
    dir,
    broken: buildIn(values.broken),
    check: values.check,
  };
}

function numberIn(name: string, text: string, max: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= max) return value;
  throw new Error(`${name} is a number from 0 to ${max}`);
}

function buildIn(name: string | undefined): string | undefined {
  if (name === undefined || Object.hasOwn(BUILDS, name)) return name;
  throw new Error(`--broken names one of ${Object.keys(BUILDS).join(", ")}`);
}

function kindsIn(text: string): [Kind, ...Kind[]] {
  const words = text.split(",");
  const kinds = KINDS.filter((kind) => words.includes(kind));
  const [first, ...others] = kinds;
  if (first === undefined || kinds.length !== new Set(words).size)
    throw new Error(`--only names some of ${KINDS.join(", ")}, with commas between them`);
  return [first, ...others];
}
