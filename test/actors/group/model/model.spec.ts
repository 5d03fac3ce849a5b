import { expect, test } from "vitest";
import { isGroup } from "../../../../src/events/messageid.ts";
import { reds } from "./checks.ts";
import { run } from "./run.ts";

/** More of them, and others, by MODEL_SEEDS and MODEL_FROM. */
const SEEDS = Number(process.env["MODEL_SEEDS"] ?? 120);
const FROM = Number(process.env["MODEL_FROM"] ?? 1);

test("[G4] groups decide, state and tick by their rules, whoever dies, sleeps, comes late or twice", () => {
  const found: string[] = [];
  let facts = 0;
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    const world = run(seed);
    for (const owner of world.streams.owners)
      if (isGroup(owner))
        facts += world.streams.mailbox(owner).filter(({ kind }) => kind === "group").length;
    for (const [property, what] of reds(world)) found.push(`seed ${seed}: ${property}: ${what}`);
  }
  expect(found).toEqual([]);
  // A model in which nothing happens proves nothing.
  expect(facts).toBeGreaterThan(SEEDS * 10);
});
