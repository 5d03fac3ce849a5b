import { expect } from "vitest";
import { planOf, type Plan } from "./plan.ts";
import { timeline } from "./report.ts";
import { shrink } from "./shrink.ts";
import { simulate, type Outcome } from "./simulation.ts";

/** Seeds when nobody asks for more: half of them have one fault, a quarter several, and of a quarter streams are rolled back. */
const SEEDS = 36;
const { SIMULATION_SEED: one, SIMULATION_SEEDS: many } = process.env;

/** The numbers of the seeds of one kind: all kinds together are as many as are asked for. */
function* seedsOf(isOf: (seed: number) => boolean): Generator<number> {
  const last = many === undefined ? SEEDS : Number(many);
  if (one !== undefined) return yield* [Number(one)].filter(isOf);
  for (let seed = 1; seed <= last; seed++) if (isOf(seed)) yield seed;
}

/**
 * Runs the seeds of a kind; at the first with a finding it is reduced, and told as a timeline. Returns what all of them have seen,
 * added up.
 */
export async function runSeeds(isOf: (seed: number) => boolean): Promise<Record<string, number>> {
  const seen: Record<string, number> = {};
  for (const seed of seedsOf(isOf)) {
    const outcome = await simulate(planOf(seed));
    if (outcome.findings.length > 0) expect.fail(await explained(planOf(seed), outcome));
    for (const [name, count] of Object.entries(outcome.counts))
      seen[name] = (seen[name] ?? 0) + count;
  }
  return seen;
}

/** Are the seeds those of the suite? Of any others no sum is known. */
export const isSuite = one === undefined && many === undefined;

async function explained(plan: Plan, { findings }: Outcome): Promise<string> {
  const rules = new Set(findings.map(({ rule }) => rule));
  const isWrong = async (smaller: Plan): Promise<boolean> =>
    (await simulate(smaller)).findings.some(({ rule }) => rules.has(rule));
  const least = await shrink(plan, isWrong);
  return `\n${timeline(least, await simulate(least))}\n`;
}
