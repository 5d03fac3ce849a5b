import type { Plan } from "./plan.ts";
import { timeline } from "./report.ts";
import { shrink } from "./shrink.ts";
import { simulate, type Outcome } from "./simulation.ts";

/** The timeline of the smallest plan that goes wrong by one of the rules by which this outcome of `plan` does. Takes some seconds. */
export async function explained(plan: Plan, { findings }: Outcome): Promise<string> {
  const rules = new Set(findings.map(({ rule }) => rule));
  const isWrong = async (smaller: Plan): Promise<boolean> =>
    (await simulate(smaller)).findings.some(({ rule }) => rules.has(rule));
  const least = await shrink(plan, isWrong);
  return timeline(least, await simulate(least));
}

/** Adds what one run has seen to what others have. */
export function addTo(seen: Record<string, number>, counts: Outcome["counts"]): void {
  for (const [name, count] of Object.entries(counts)) seen[name] = (seen[name] ?? 0) + count;
}
