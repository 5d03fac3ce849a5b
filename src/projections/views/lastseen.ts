import type { LastSeenAnswer } from "../../protocol/answers.ts";
import type { Query } from "../../protocol/internal/query.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";

/** A person counts as online for so long after the last human action. */
export const ONLINE_MS = 20_000;

const seenKey: Kind<number> = kind("seen");

/** Last seen only moves forward, whatever the broker's clock does. */
export function project(rows: Rows, { owner, at }: { owner: string; at: number }): void {
  const seen = rows.get(seenKey(owner)) ?? 0;
  if (at > seen) rows.put(seenKey(owner), at);
}

/** Who is online at `now` (ms since 1970), and since when the others are not. */
export function answer(
  rows: Reading,
  { users }: Extract<Query, { view: "lastseen" }>,
  now: number,
  onlineMs = ONLINE_MS,
): LastSeenAnswer {
  return {
    users: users.flatMap((user) => {
      const lastSeen = rows.get(seenKey(user));
      return lastSeen === undefined ? [] : [{ user, online: now - lastSeen < onlineMs, lastSeen }];
    }),
  };
}
