import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Hand } from "./hand.ts";
import type { Fault, Step } from "./plan.ts";

const STEPS_MS: Readonly<Record<Step, number>> = {
  "an hour ahead": 3_600_000,
  "an hour behind": -3_600_000,
  "40 s ahead": 40_000,
  "40 s behind": -40_000,
};

/** Sets the wall clock of a process, and sets it right again. Given to each process: clock.mjs. */
export async function step(
  { targets: [name = ""], how, ms }: Fault,
  nemesis: Hand,
): Promise<string> {
  const dir = join(nemesis.prey.cluster.dir, name);
  const set = (aheadMs: number): Promise<boolean> => {
    writeFileSync(join(dir, "clock"), `${aheadMs}`);
    return nemesis.until(() => seenIn(dir) === `${aheadMs}`);
  };
  const isSeen = await set(STEPS_MS[how as Step]);
  try {
    await nemesis.sleep(ms);
  } finally {
    await set(0);
  }
  return isSeen ? `for ${Math.round(ms / 100) / 10} s` : "";
}

function seenIn(dir: string): string {
  try {
    return readFileSync(join(dir, "clock.seen"), "utf8");
  } catch {
    return "0";
  }
}
