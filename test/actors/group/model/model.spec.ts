import { beforeAll, expect, test } from "vitest";
import { isGroup } from "../../../../src/events/messageid.ts";
import { reds } from "./checks.ts";
import type { Red } from "./referee.ts";
import { run } from "./run.ts";
import { differences } from "./views.ts";

/** More of them, and others, by MODEL_SEEDS and MODEL_FROM. */
const SEEDS = Number(process.env["MODEL_SEEDS"] ?? 120);
const FROM = Number(process.env["MODEL_FROM"] ?? 1);

/** The views of every third are looked at. */
const VIEWS_EACH = 3;

const found: string[] = [];
const differing: string[] = [];
let facts = 0;
let messages = 0;

beforeAll(() => {
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    const world = run(seed);
    const groups = world.streams.owners.filter(isGroup);
    for (const group of groups)
      for (const { kind, raw } of world.streams.mailbox(group)) {
        if (kind !== "group") continue;
        facts++;
        if (raw.includes("MessageSent")) messages++;
      }
    const line = ([property, what]: Red): string => `seed ${seed}: ${property}: ${what}`;
    found.push(...[...reds(world)].map(line));
    if (seed % VIEWS_EACH > 0) continue;
    differing.push(...groups.flatMap((group) => [...differences(world, group)].map(line)));
  }
});

test("[G4] groups decide, state and tick by their rules, whoever dies, sleeps, comes late or twice", () => {
  expect(found).toEqual([]);
  // A model in which nothing happens proves nothing.
  expect(facts).toBeGreaterThan(SEEDS * 10);
});

test("[G10] the views of a group know its members, marks, ticks and rules as the group itself does, at each of its entries", () => {
  expect(differing).toEqual([]);
  expect(messages).toBeGreaterThan(SEEDS * 5);
});
