import { expect } from "vitest";
import { addTo, explained } from "./explain.ts";
import { planOf } from "./plan.ts";
import { simulate } from "./simulation.ts";

/** Seeds of the suite: half of them have one fault, a quarter several, and in a quarter streams lose something. */
const SEEDS = 48;

/** The numbers of the seeds of one kind. */
function* seedsOf(isOf: (seed: number) => boolean): Generator<number> {
  for (let seed = 1; seed <= SEEDS; seed++) if (isOf(seed)) yield seed;
}

/**
 * Runs the seeds of a kind; at the first with a finding it is reduced, and told as a timeline. Returns what all of them have seen,
 * added up.
 */
export async function runSeeds(isOf: (seed: number) => boolean): Promise<Record<string, number>> {
  const seen: Record<string, number> = {};
  for (const seed of seedsOf(isOf)) {
    const outcome = await simulate(planOf(seed));
    if (outcome.findings.length > 0) expect.fail(`\n${await explained(planOf(seed), outcome)}\n`);
    addTo(seen, outcome.counts);
  }
  return seen;
}
