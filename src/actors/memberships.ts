import type { GroupRange } from "../protocol/internal/routes.ts";
import type { Stays } from "../rules/stays.ts";
import type { Peers } from "./peers.ts";

/** The stays of a user in each group that has told of any. */
export type Memberships = Peers<Stays>;

/** Those of each group. */
export function* staysOf(groups: Memberships): Generator<Stays> {
  for (const [, stays] of groups) yield stays;
}

/**
 * The ranges that sessions of the user may follow: those that go on, and of the groups named those that have ended, too.
 * @param isLost was the fact at this position of the group taken by a roll-back? Nobody follows from there.
 */
export function rangesOf(
  groups: Memberships,
  named: ReadonlySet<string>,
  isLost: (group: string, position: number) => boolean,
): GroupRange[] {
  const ranges: GroupRange[] = [];
  for (const [group, stays] of groups)
    for (const stay of stays)
      if ((stay.upTo === undefined || named.has(group)) && !isLost(group, stay.from))
        ranges.push({ group, ...stay });
  return ranges;
}
