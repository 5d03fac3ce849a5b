import type { Outcome } from "./simulation.ts";
import type { Fault, Plan } from "./plan.ts";

/** Findings of one rule that are told. */
const EACH_MAX = 3;

/** The faults and sends of a plan and its findings, line by line in the order of time. */
export function timeline(plan: Plan, { findings, marks }: Outcome): string {
  const lines: { at: number; words: string }[] = [
    ...plan.faults.map((fault) => ({ at: fault.at, words: wordsOf(fault) })),
    ...plan.sends.map(({ at, user, device, to }) => ({
      at,
      words: `${user}${device} writes to ${to}`,
    })),
    ...plan.deeds.map(({ at, user, device, group, does, others }) => ({
      at,
      words: `${user}${device}: ${does} ${others.join(", ")} in group ${group}`,
    })),
    ...marks,
  ];
  const told = new Map<string, number>();
  for (const { rule, words, at } of findings) {
    const count = (told.get(rule) ?? 0) + 1;
    told.set(rule, count);
    if (count <= EACH_MAX) lines.push({ at, words: `WRONG (${rule}): ${words}` });
  }
  const { seed, hosts, windowMs } = plan;
  const head = `seed ${seed}: ${hosts} hosts, ids are known for ${windowMs} ms (npm run simulate -- --seeds 1 --from ${seed} repeats it)`;
  const body = lines
    .sort((a, b) => a.at - b.at)
    .map(({ at, words }) => `${(at / 1_000).toFixed(3).padStart(8)} s  ${words}`);
  return [head, ...body].join("\n");
}

function wordsOf({ at: _, does, forMs, ...what }: Fault): string {
  const where = Object.entries(what).map(([name, value]) => `${name} ${String(value)}`);
  return `${does} ${where.join(", ")} for ${forMs} ms`;
}
