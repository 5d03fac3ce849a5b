import type { Activity } from "./activity.ts";
import type { Copy } from "./copy.ts";
import type { Fact } from "./fact.ts";

/** Events: all that is stored, as unions over their families. */
export type Event = Fact | Copy | Activity;

/** Where an event lies, and since when. */
export interface Place {
  /** Whose mailbox, or whose activity, it is. */
  readonly owner: string;
  /** Seq in the owner's stream. */
  readonly seq: number;
  /** When the broker stored it, ms since 1970. */
  readonly at: number;
}

interface Opened<Kind, Family> extends Place {
  readonly kind: Kind;
  readonly event: Family;
}
/** An entry of a mailbox that has been opened. */
export type Mail = Opened<"fact", Fact> | Opened<"copy", Copy>;
/** Any entry that has been opened. */
export type Recorded = Mail | Opened<"activity", Activity>;

/** A receipt, as a fact or as a copy. */
export type Receipt = Extract<Fact | Copy, { type: "MessageDelivered" | "MessageRead" }>;
