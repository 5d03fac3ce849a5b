import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

/** Each process takes some 200 MB, and more of them than cores are no faster. */
const PROCESSES_MAX = 64;
const SEEDS_MAX = 1_000_000;
const SEED_MAX = 2 ** 31 - 1;

/** The seeds that are asked for, and how many processes run them side by side. */
export interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly processes: number;
}

const OPTIONS = {
  seeds: { type: "string", default: "2000" },
  from: { type: "string", default: "1" },
  processes: { type: "string", default: `${Math.min(availableParallelism(), PROCESSES_MAX)}` },
} as const;

/** Reads the arguments of `npm run simulate`. @throws Error with the option and its rule. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  return {
    seeds: countIn("--seeds", values.seeds, SEEDS_MAX),
    from: countIn("--from", values.from, SEED_MAX - SEEDS_MAX),
    processes: countIn("--processes", values.processes, PROCESSES_MAX),
  };
}

function countIn(name: string, text: string, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new Error(`${name} is a whole number from 1 to ${max}`);
}
