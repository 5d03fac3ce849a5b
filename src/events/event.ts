import type { Activity } from "./activity.ts";
import type { Copy } from "./copy.ts";
import type { Fact } from "./fact.ts";
import type { GroupAsk } from "./groupask.ts";
import type { GroupFact } from "./groupfact.ts";
import type { Owner } from "./owner.ts";
import type { SessionEvent } from "./session.ts";
import type { Tick } from "./tick.ts";

/** Events: all that is stored, as unions over their families. */
export type Event = Fact | SessionEvent | Copy | GroupFact | GroupAsk | Tick | Activity | Owner;

/** Statements: what lies in a mailbox because its own user, or a device of it, did something. */
export type Stated = Fact | SessionEvent;

/** The place of an event in the log, and its time. */
export interface Place {
  /** The user or the group whose mailbox it is, or whose activity; of an entry of the stream itself, the stream's number. */
  readonly owner: string;
  /** Seq in the owner's stream. */
  readonly seq: number;
  /** The time at which the broker stored the entry, ms since 1970. */
  readonly at: number;
}

interface Opened<Kind, Family> extends Place {
  /** The generation: how often the stream had come back shorter when the entry was stored (docs/adr/0018). */
  readonly generation: number;
  /** Generation and seq as one number, which names the entry for ever; in generation 0 it is the seq. */
  readonly position: number;
  readonly kind: Kind;
  readonly event: Family;
}
/** An entry of a user's mailbox that has been opened. */
export type Mail = Opened<"fact", Fact> | Opened<"session", SessionEvent> | Opened<"copy", Copy>;
/** An entry of a group's mailbox that has been opened. */
export type GroupMail = Opened<"group", GroupFact> | Opened<"ask", GroupAsk> | Opened<"tick", Tick>;
/** Any entry that has been opened. */
export type Recorded = Mail | GroupMail | Opened<"activity", Activity> | Opened<"owner", Owner>;

/** A receipt, as a fact or as a copy. */
export type Receipt = Extract<Fact | Copy, { type: "MessageDelivered" | "MessageRead" }>;
