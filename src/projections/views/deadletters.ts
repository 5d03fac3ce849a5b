import type { Aside, Entry } from "../../events/entry.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";
import type { View } from "../view.ts";

/** Entries left out of the views are counted; the newest are kept for the operator. */
const KEPT_MAX = 100;

/** The row `dead`: entries that could not be opened, or at which a rule failed. */
export interface DeadLetters {
  readonly count: number;
  /** Entries among these that a bug of ours has left out. */
  readonly bugs: number;
  readonly newest: readonly ({ seq: number; owner: string } & Aside)[];
}

/** Entries that the other views have left out; not those of ACTIVITY, which a later one takes the place of, so that no replay could count them. */
export const deadletters = {
  name: "deadletters",
  version: 2,
  of: "mailboxes",
  kinds: ["dead"],
  reads: [],
  leftOut,
} as const satisfies View;

const deadKey: Kind<DeadLetters> = kind("dead");

function leftOut(rows: Rows, { seq, owner }: Entry, { why, reason }: Aside): void {
  const { count, bugs, newest } = deadLetters(rows);
  const kept = [...newest, { seq, owner, why, reason }].slice(-KEPT_MAX);
  rows.put(deadKey(), { count: count + 1, bugs: bugs + (why === "bug" ? 1 : 0), newest: kept });
}

export const deadLetters = (rows: Reading): DeadLetters =>
  rows.get(deadKey()) ?? { count: 0, bugs: 0, newest: [] };
