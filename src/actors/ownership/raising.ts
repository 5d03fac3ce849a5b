import { isSameStart, type Owner } from "../../events/owner.ts";
import type { Outlook } from "./succession.ts";

/**
 * The rules to which the owner of a stream raises them now; undefined: it leaves them. It has heard nobody below them for
 * `settleMs` in which it could have heard: until then those who read by older rules may come back (docs/adr/0047).
 * @param said the stream's last word about itself.
 * @param now ms by the clock of `roster`.
 */
export function raises(
  { self, rules: own, roster }: Pick<Outlook, "self" | "rules" | "roster">,
  said: Owner,
  settleMs: number,
  now: number,
): number | undefined {
  if (said.owner === undefined || !isSameStart(said.owner, self)) return undefined;
  const lowest = roster.lowest(settleMs, now);
  if (lowest === undefined) return undefined;
  const to = Math.min(own, lowest);
  return to > said.rules ? to : undefined;
}

/** The stream's next word about itself, by which entries of newer types may follow. All else stays as it was. */
export const raised = (said: Owner, rules: number): Owner => ({
  ...said,
  type: "RulesRaised",
  rules,
});
