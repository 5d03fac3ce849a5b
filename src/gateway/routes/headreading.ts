import type { Addressee } from "../session/addressee.ts";

/**
 * Users whose heads are asked for in one question: a mailbox has three subjects, each answers with an entry of up to 75 KB, and the
 * broker cuts off who has 64 MB waiting. 100 users cost it 1.9 ms, 500 cost 6.8.
 */
const USERS_AT_ONCE = 128;

/** A cause that gateways share, as the end of a broker, does not have all of them read in one moment … */
const JITTER_MS = 500;
/** … nor one that all share, since the log was away for so long: while it was, little can have been missed. */
const AWAY_MS = 3_000;
const AWAY_JITTER_MS = 3_000;

/** Time over which readings are spread. `lateMs`: so long the log had no answer before. */
export const jitterOf = (lateMs: number): number => (lateMs < AWAY_MS ? JITTER_MS : AWAY_JITTER_MS);

/** By user, seq of the last entry of the mailbox. A user without an entry is not in it. */
type HeadsOfUsers = ReadonlyMap<string, number>;

/** Reads the heads of the users' mailboxes, some at a time, one question behind the other. */
export async function* readHeads(
  users: readonly string[],
  heads: (some: readonly string[]) => Promise<HeadsOfUsers>,
): AsyncGenerator<readonly [user: string, head: number]> {
  for (let i = 0; i < users.length; i += USERS_AT_ONCE)
    yield* await heads(users.slice(i, i + USERS_AT_ONCE));
}

/** The sessions that follow a mailbox, by its user, of those users that are wanted. */
export function usersOf(
  sessions: Iterable<Addressee>,
  isWanted: (user: string) => boolean,
): ReadonlyMap<string, readonly Addressee[]> {
  const users = new Map<string, Addressee[]>();
  for (const each of sessions) {
    const { session } = each;
    if ((session.is !== "live" && session.is !== "opening") || !isWanted(session.user)) continue;
    const theirs = users.get(session.user);
    if (theirs === undefined) users.set(session.user, [each]);
    else theirs.push(each);
  }
  return users;
}
