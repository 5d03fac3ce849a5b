import { isSameStart, type Host, type Owner } from "../../events/owner.ts";
import { order } from "./order.ts";
import { SUSPECT_MS, type Roster } from "./roster.ts";

/** The next host in the order waits so much longer than the one before it. */
export const RANK_MS = 2_000;

/** A host as it looks at the streams. */
export interface Outlook {
  readonly self: Host;
  /** The rules that it folds by. */
  readonly rules: number;
  readonly roster: Roster;
  /** The number of mailbox streams. */
  readonly streams: number;
}

/**
 * Should a host that does not run stream `k` claim it now? Compare-and-set decides among those that try.
 * Rules: docs/adr/0036.
 * @param said the stream's last word about itself.
 * @param now ms by the clock of `roster`.
 */
export function claims(
  { self, rules, roster, streams }: Outlook,
  k: number,
  said: Owner,
  now: number,
): boolean {
  // A host that cannot read all that may come neither claims nor follows.
  if (said.rules > rules) return false;
  const { owner } = said;
  // Nobody runs it, or it is this very start that is named: by a hand-over, or by a claim whose answer never came.
  if (owner === undefined || isSameStart(owner, self)) return true;
  // Another start of this host: its folder has one process at a time. One that is heard runs from a copy of the folder.
  if (owner.host === self.host && !roster.knows(owner)) return true;
  const silence = roster.silence(owner, now);
  if (silence < SUSPECT_MS) return false;
  const rank = order(k, streams, [...roster.living(said.rules, now), self]).findIndex((host) =>
    isSameStart(host, self),
  );
  return silence >= SUSPECT_MS + RANK_MS * rank;
}

/**
 * The host to which the owner of stream `k` hands it; undefined: it keeps it. Nobody is robbed: the owner alone says so.
 * @param leaving it stops, or cannot go on: whoever lives is better.
 */
export function heir(
  { self, rules, roster, streams }: Outlook,
  k: number,
  said: Owner,
  { leaving, now }: { readonly leaving: boolean; readonly now: number },
): Host | undefined {
  // It has named another already, and has not read that yet.
  if (said.owner === undefined || !isSameStart(said.owner, self)) return undefined;
  if (leaving) return order(k, streams, roster.living(said.rules, now))[0];
  const own = said.rules > rules ? [] : [self];
  const due = order(k, streams, [...roster.settled(said.rules, now), ...own])[0];
  return due === undefined || isSameStart(due, self) ? undefined : due;
}
