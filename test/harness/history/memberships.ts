import type { GroupFact } from "../../../src/events/groupfact.ts";
import { entering, leaving } from "../../../src/rules/group/changes.ts";
import type { Stored } from "./happening.ts";
import type { History } from "./history.ts";

/** A membership, by positions of the group, both ends included. */
interface Stay {
  readonly from: number;
  /** Infinity: it goes on. */
  upTo: number;
}

/** A group as the log has it. */
export interface LoggedGroup {
  readonly id: string;
  /** All that it has accepted, in its one order. */
  readonly facts: readonly Stored[];
  /** Those who were ever in it, and when. */
  readonly stays: ReadonlyMap<string, readonly Stay[]>;
}

/** The groups of a history. */
export const groupsOf = ({ groups }: History): LoggedGroup[] =>
  [...groups].map(([id, entries]) => {
    const facts = entries.filter(({ kind }) => kind === "group");
    return { id, facts, stays: staysIn(facts) };
  });

function staysIn(facts: readonly Stored[]): Map<string, Stay[]> {
  const stays = new Map<string, Stay[]>();
  for (const { event, position } of facts) {
    const fact = event as unknown as GroupFact;
    for (const user of entering(fact)) {
      const own = stays.get(user) ?? [];
      stays.set(user, [...own, { from: position, upTo: Infinity }]);
    }
    const last = stays.get(leaving(fact) ?? "")?.at(-1);
    if (last !== undefined) last.upTo = Math.min(last.upTo, position);
  }
  return stays;
}

/** May the user see what lies there? */
export const maySee = ({ stays }: LoggedGroup, user: string, position: number): boolean =>
  (stays.get(user) ?? []).some(({ from, upTo }) => from <= position && position <= upTo);

/** The texts of all messages that a user may see, in the group's order. */
export const dueTo = (group: LoggedGroup, user: string): string[] =>
  group.facts.flatMap(({ event, position }) =>
    event.text !== undefined && maySee(group, user, position) ? [event.text] : [],
  );
