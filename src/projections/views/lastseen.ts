import type { Entry } from "../../events/entry.ts";
import type { LastSeenAnswer } from "../../protocol/frames/presence.ts";
import type { Query } from "../../protocol/internal/query.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";
import type { Moment, View } from "../view.ts";

/** The last activities of users. */
export const lastseen = {
  name: "lastseen",
  version: 2,
  of: "activity",
  kinds: ["seen"],
  reads: [],
  seen,
  leftOut,
  answer,
} as const satisfies View;

/** The newest human action of a user, ms since 1970 by the broker's clock. */
const seenKey: Kind<number> = kind("seen");

/** Last seen only moves forward, whatever the broker's clock does. */
function seen(rows: Rows, { owner, at }: { owner: string; at: number }): void {
  const before = rows.get(seenKey(owner)) ?? 0;
  if (at > before) rows.put(seenKey(owner), at);
}

/**
 * Of a user the stream keeps the last entry alone. Where that cannot be read a replay has nothing of the user, so there is nothing here either,
 * until the user's next action.
 */
function leftOut(rows: Rows, { owner }: Entry): void {
  if (rows.get(seenKey(owner)) !== undefined) rows.remove(seenKey(owner));
}

/** Says who is online, and since when the others are not. Users never seen are left out. */
function answer(
  rows: Reading,
  { users }: Extract<Query, { view: "lastseen" }>,
  { now, onlineMs }: Moment,
): LastSeenAnswer {
  return {
    users: users.flatMap((user) => {
      const lastSeen = rows.get(seenKey(user));
      return lastSeen === undefined ? [] : [{ user, online: now - lastSeen < onlineMs, lastSeen }];
    }),
  };
}
