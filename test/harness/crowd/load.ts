import type { Chance } from "../chance.ts";

/** The next thing that a person does. */
export type Action =
  /** Some messages in a row. */
  | { readonly what: "write"; readonly to: string; readonly count: number }
  | { readonly what: "read"; readonly peer: string }
  | { readonly what: "reload" }
  | { readonly what: "nap"; readonly ms: number };

/** Between two actions of a device, on average: a dozen devices then write some four messages a second. */
const EVERY_MS = 5_000;
/** Messages that follow one another at once are what an order is seen by. */
const COUNT_MAX = 4;
const NAP_MIN_MS = 500;
const NAP_MAX_MS = 6_000;

/** Of the last of the users little is heard: where one entry follows another, each shows a hole before it, and nobody has to look. */
const QUIET = 8;

/** The next action of a device, and how long its person waits before it. Reloads and naps are rare. */
export function actionOf(
  chance: Chance,
  users: readonly string[],
  self: string,
): { readonly action: Action; readonly waitMs: number } {
  const quiet = users.at(-1);
  const isRare = chance.between(1, QUIET) > 1;
  const others = users.filter((user) => user !== self && !(isRare && user === quiet));
  const [peer = ""] = chance.several(others, 1);
  const everyMs = self === quiet ? EVERY_MS * QUIET : EVERY_MS;
  const waitMs = Math.round(-Math.log(1 - chance.next()) * everyMs);
  const kind = chance.next();
  const ms = chance.between(NAP_MIN_MS, NAP_MAX_MS);
  const count = chance.between(1, COUNT_MAX);
  if (kind < 0.7) return { waitMs, action: { what: "write", to: peer, count } };
  if (kind < 0.95) return { waitMs, action: { what: "read", peer } };
  return { waitMs, action: kind < 0.975 ? { what: "reload" } : { what: "nap", ms } };
}
