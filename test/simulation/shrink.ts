import type { Plan } from "./plan.ts";

/** Runs that a reduction may take: some seconds. */
const RUNS_MAX = 80;

/**
 * The smallest plan found that still goes wrong: faults are left out one by one, then sends, half of them, a quarter, and so on.
 * `isWrong` runs a plan.
 */
export async function shrink(plan: Plan, isWrong: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let least = plan;
  let runs = 0;
  const tries = async (smaller: Plan): Promise<boolean> => {
    if (runs++ >= RUNS_MAX || !(await isWrong(smaller))) return false;
    least = smaller;
    return true;
  };
  for (let at = 0; at < least.faults.length;)
    if (!(await tries({ ...least, faults: least.faults.toSpliced(at, 1) }))) at++;
  for (const what of ["deeds", "sends"] as const)
    for (let size = halfOf(least[what].length); size > 0; size = size === 1 ? 0 : halfOf(size))
      for (let at = 0; at < least[what].length;)
        if (!(await tries({ ...least, [what]: least[what].toSpliced(at, size) }))) at += size;
  return least;
}

const halfOf = (size: number): number => Math.ceil(size / 2);
