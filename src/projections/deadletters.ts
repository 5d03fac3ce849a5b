import type { Logger } from "pino";
import { open, whyUnreadable, type Entry } from "../events/entry.ts";
import type { Recorded } from "../events/event.ts";
import { project } from "./project.ts";
import { kind, type Kind, type Reading, type Rows } from "./store/rows.ts";

/** Entries left out of the views are counted; the newest are kept for the operator. */
const KEPT_MAX = 100;

/** The row `dead`: entries that could not be opened. */
export interface DeadLetters {
  readonly count: number;
  readonly newest: readonly { seq: number; owner: string; reason: string }[];
}

const deadKey: Kind<DeadLetters> = kind("dead");

/** Projects an entry. One that no version can read must not stop those behind it. */
export function take(rows: Rows, entry: Entry, log: Logger): void {
  let opened: Recorded;
  try {
    opened = open(entry);
  } catch (error) {
    const { seq, owner } = entry;
    const reason = whyUnreadable(error);
    log.error({ seq, owner, reason }, "entry left out of the views: it cannot be read");
    const { count, newest } = deadLetters(rows);
    const kept = [...newest, { seq, owner, reason }].slice(-KEPT_MAX);
    rows.put(deadKey(), { count: count + 1, newest: kept });
    return;
  }
  project(rows, opened);
}

export const deadLetters = (rows: Reading): DeadLetters =>
  rows.get(deadKey()) ?? { count: 0, newest: [] };
