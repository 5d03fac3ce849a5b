import type { Entry } from "../../events/entry.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";
import type { View } from "../view.ts";

/** Entries left out of the views are counted; the newest are kept for the operator. */
const KEPT_MAX = 100;

/** The row `dead`: entries that could not be opened. */
export interface DeadLetters {
  readonly count: number;
  readonly newest: readonly { seq: number; owner: string; reason: string }[];
}

/** Entries that this version cannot open. */
export const deadletters = {
  name: "deadletters",
  version: 1,
  of: "every",
  kinds: ["dead"],
  reads: [],
  unreadable,
} as const satisfies View;

const deadKey: Kind<DeadLetters> = kind("dead");

function unreadable(rows: Rows, { seq, owner }: Entry, reason: string): void {
  const { count, newest } = deadLetters(rows);
  const kept = [...newest, { seq, owner, reason }].slice(-KEPT_MAX);
  rows.put(deadKey(), { count: count + 1, newest: kept });
}

export const deadLetters = (rows: Reading): DeadLetters =>
  rows.get(deadKey()) ?? { count: 0, newest: [] };
