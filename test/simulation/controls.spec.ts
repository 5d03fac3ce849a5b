import { describe, expect, test } from "vitest";
import { CHEATS, type CheatName } from "./cheats.ts";
import { lateRemoval, unstated } from "./groupscenes.ts";
import { planOf, type Plan } from "./plan.ts";
import { lateReplicas } from "./scenes.ts";
import { simulate } from "./simulation.ts";

/** A broken rule is found within so many seeds, from the one named here on, which has found it. */
const SEEDS = 40;
/** Of each broken rule a finding that shows it, and where to begin to look for it. */
const CONTROLS: readonly (readonly [CheatName, finding: string, from: number])[] = [
  ["a gateway trusts the routes: gaps and silence mean nothing to it", "deaf", 27],
  ["a lane gives up, and goes on", "lost", 1],
  ["each copy has a lane of its own", "lost", 2],
  ["a session is closed for a gateway that was not declared dead", "living closed", 10],
  ["an owner begins one entry too far", "lost", 16],
  ["a checkpoint is saved of what is folded", "checkpoint", 10],
  ["a send is acknowledged before it is stored", "early", 1],
  ["nobody drops repeats", "doubled", 4],
  ["receipts may fall: an actor says an older one again", "receipt", 2],
  ["the cause of a copy has no generation", "lost", 32],
  ["a stream that is made anew begins in no generation of its own", "lost", 8],
  ["a backup is put back, and no generation begins", "checkpoint", 44],
  ["two of three stores are put back, and nobody says so", "lost", 4],
  ["a group's fact is stored wherever it comes", "fact-again", 36],
  ["a gateway does not look whose membership a fact ends", "outside range", 9],
  ["a gateway takes what it hears of a group for all there is", "group hole", 36],
];

/** Of each broken rule that chance hardly ever brings to light a scene in which it does. */
const SCENES: readonly (readonly [
  CheatName,
  finding: string,
  from: number,
  scene: (seed: number) => Plan,
])[] = [
  ["a read trusts a replica that is behind", "hole", 2, lateReplicas],
  ["a gateway does not walk back through the ends of memberships", "outside range", 1, lateRemoval],
  ["a checkpoint passes what a group owes", "no outcome", 10, unstated],
];

describe("the simulation finds it when", () => {
  test.each(CONTROLS)(
    "%s",
    async (name, finding, from) => {
      const found = async (seed: number): Promise<boolean> =>
        (await simulate(planOf(seed), CHEATS[name])).findings.some(({ rule }) => rule === finding);
      let seed = from;
      while (seed < from + SEEDS && !(await found(seed))) seed++;
      expect(seed - from).toBeLessThan(SEEDS);
    },
    120_000,
  );

  test.each(SCENES)(
    "%s, in a scene that is made for it",
    async (name, finding, from, scene) => {
      const found = async (seed: number): Promise<boolean> =>
        (await simulate(scene(seed), CHEATS[name])).findings.some(({ rule }) => rule === finding);
      let seed = from;
      while (seed < from + SEEDS && !(await found(seed))) seed++;
      expect(seed - from).toBeLessThan(SEEDS);
      // With the rule nothing is wrong there.
      expect((await simulate(scene(seed))).findings).toEqual([]);
    },
    120_000,
  );
});
