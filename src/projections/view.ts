import type { Aside, Entry } from "../events/entry.ts";
import type { Recorded } from "../events/event.ts";
import type { Query } from "../protocol/internal/query.ts";
import type { Reading, Rows } from "./store/rows.ts";
import type { Change } from "./views/change.ts";
import type { GroupTurn } from "./views/groups/groupturn.ts";

/**
 * A view as it registers itself (`registry.ts`). Its rows are a pure fold of one stream: `project`
 * and its like see nothing else than rows and the entry, so a rebuild gives the same bytes.
 */
export interface View {
  /** The view's name in checkpoints, in `posthorn views rebuild --view NAME`, and in questions. */
  readonly name: string;
  /** Raised with every change of the rows or of what is projected: then the rows are built anew. */
  readonly version: number;
  /** The streams it is a fold of. */
  readonly of: "mailboxes" | "activity";
  /** First tokens of its rows' keys, by which they can be dropped. No other view writes there. */
  readonly kinds: readonly string[];
  /** Views whose rows its projecting reads: when one of them is built anew, so is this one. */
  readonly reads: readonly string[];
  /** Folds what an entry has changed in a conversation. */
  project?(rows: Rows, change: Change): void;
  /** Folds what the owner has done, whether it has changed a conversation or not; behind the conversation itself. */
  stated?(rows: Rows, fact: Extract<Recorded, { kind: "fact" }>): void;
  /** Folds what an entry has changed in a group. */
  grouped?(rows: Rows, change: GroupTurn): void;
  /** Folds the coming or going of a device. */
  met?(rows: Rows, session: Extract<Recorded, { kind: "session" }>): void;
  /** Folds a human action. */
  seen?(rows: Rows, activity: Extract<Recorded, { kind: "activity" }>): void;
  /** Takes note of an entry that is left out of all others. */
  leftOut?(rows: Rows, entry: Entry, aside: Aside): void;
  /** Answers a question that names this view; undefined: not found. */
  answer?(rows: Reading, query: Query, moment: Moment): unknown;
}

/** The time at which a question is answered, by the broker's clock as entries have it. */
export interface Moment {
  /** ms since 1970. */
  readonly now: number;
  /** A user is online for so long after the last human action, ms. */
  readonly onlineMs: number;
}
