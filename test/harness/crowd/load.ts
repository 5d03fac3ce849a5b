import type { Chance } from "../chance.ts";

/** The next thing that a person does. */
export type Action =
  /** Some messages in a row. */
  | { readonly what: "write"; readonly to: string; readonly count: number }
  | { readonly what: "read"; readonly peer: string }
  | { readonly what: "look" }
  | { readonly what: "reload" }
  | { readonly what: "nap"; readonly ms: number };

/** Between two actions of a device, on average: a dozen devices then write some four messages a second. */
const EVERY_MS = 5_000;
/** Messages that follow one another at once are what an order is seen by. */
const COUNT_MAX = 4;
const NAP_MIN_MS = 500;
const NAP_MAX_MS = 6_000;

/** A quiet person does something so much more seldom, and is written to in one of so many actions, which is twice a minute. */
const QUIET_FACTOR = 8;
const QUIET_ONE_OF = 6;
/** Between two looks of somebody who only listens, on average: long enough to be offline in between. */
const LOOK_EVERY_MS = 70_000;

/** The next action of a device, and how long its person waits before it. Reloads and naps are rare. */
export function actionOf(
  chance: Chance,
  users: readonly string[],
  quiet: readonly string[],
  self: string,
): { readonly action: Action; readonly waitMs: number } {
  const toQuiet = chance.between(1, QUIET_ONE_OF) === 1;
  const peers = users.filter((user) => user !== self && quiet.includes(user) === toQuiet);
  const [peer = ""] = chance.several(peers, 1);
  const everyMs = quiet.includes(self) ? EVERY_MS * QUIET_FACTOR : EVERY_MS;
  const waitMs = rare(chance, everyMs);
  const kind = chance.next();
  const ms = chance.between(NAP_MIN_MS, NAP_MAX_MS);
  const count = chance.between(1, toQuiet ? 1 : COUNT_MAX);
  if (kind < 0.7) return { waitMs, action: { what: "write", to: peer, count } };
  if (kind < 0.95) return { waitMs, action: { what: "read", peer } };
  return { waitMs, action: kind < 0.975 ? { what: "reload" } : { what: "nap", ms } };
}

/** The next action of somebody who only listens, which stores nothing in the own mailbox. */
export const lookOf = (chance: Chance): ReturnType<typeof actionOf> => ({
  waitMs: rare(chance, LOOK_EVERY_MS),
  action: { what: "look" },
});

/** Waits of things that come at any time, so often on average. */
const rare = (chance: Chance, everyMs: number): number =>
  Math.round(-Math.log(1 - chance.next()) * everyMs);
