import type { Chance } from "../chance.ts";

/** The next thing that a person does. */
export type Action =
  | { readonly what: "write"; readonly to: string }
  | { readonly what: "read"; readonly peer: string }
  | { readonly what: "reload" }
  | { readonly what: "nap"; readonly ms: number };

/** Between two actions of a device, on average: a dozen devices then write some four messages a second. */
const EVERY_MS = 2_400;
const NAP_MIN_MS = 500;
const NAP_MAX_MS = 6_000;

/** The next action of a device, and how long its person waits before it. Reloads and naps are rare. */
export function actionOf(
  chance: Chance,
  users: readonly string[],
  self: string,
): { readonly action: Action; readonly waitMs: number } {
  const waitMs = Math.round(-Math.log(1 - chance.next()) * EVERY_MS);
  const [peer = ""] = chance.several(
    users.filter((user) => user !== self),
    1,
  );
  const kind = chance.next();
  const ms = chance.between(NAP_MIN_MS, NAP_MAX_MS);
  if (kind < 0.7) return { waitMs, action: { what: "write", to: peer } };
  if (kind < 0.95) return { waitMs, action: { what: "read", peer } };
  return { waitMs, action: kind < 0.975 ? { what: "reload" } : { what: "nap", ms } };
}
