import { z } from "zod";
import { Cid, Id, Seq, UserId } from "./ids.ts";

/**
 * What a mailbox holds. A *fact* is what its own user did; a *copy* is what the actor of another
 * mailbox told it. A stored event may carry fields that this version does not know: they are
 * ignored, so that an older reader can replay a newer log.
 */
const messageSent = {
  type: z.literal("MessageSent"),
  author: UserId,
  to: UserId,
  cid: Cid,
  body: z.string(),
};
const receiptAdvanced = {
  type: z.literal("ReceiptAdvanced"),
  /** Who received or read. */
  author: UserId,
  /** Whose messages they are. */
  peer: UserId,
  /** Watermarks over the peer's positions; 0 = none. Read implies delivered. */
  delivered: Seq,
  read: Seq,
};
/** `cause`: the seq of the fact in its author's mailbox. It only ever rises from one mailbox to another. */
const told = { cause: Seq };

const closeReasons = [
  "left",
  "idle",
  "slow",
  "drained",
  "expired",
  "refused",
  "gateway-lost",
] as const;

/** What the owner of a mailbox did (docs/events.md). A receipt's numbers are still a claim. */
export const Fact = z.discriminatedUnion("type", [
  z.object(messageSent),
  z.object(receiptAdvanced),
  z.object({ type: z.literal("SessionOpened"), sessionId: Id, gatewayId: Id, deviceId: Id }),
  z.object({ type: z.literal("SessionClosed"), sessionId: Id, reason: z.enum(closeReasons) }),
]);
export type Fact = z.infer<typeof Fact>;
export type CloseReason = (typeof closeReasons)[number];

/** What the actor of the author's mailbox told this one; a receipt's numbers are held to what was sent. */
export const Copy = z.discriminatedUnion("type", [
  z.object({
    ...messageSent,
    ...told,
    /** The message's number in its author's mailbox: its id is `<author>:<position>`. */
    position: Seq,
    /** When the author's fact was stored, ms since 1970 by the broker's clock. */
    sentAt: z.number(),
  }),
  z.object({ ...receiptAdvanced, ...told }),
]);
export type Copy = z.infer<typeof Copy>;

/** What a human did; kept once per user, in the ACTIVITY stream. The gateway decides, never the client. */
export const Activity = z.object({
  type: z.literal("UserActive"),
  action: z.enum(["send", "read", "typing", "focus"]),
});
export type Activity = z.infer<typeof Activity>;

/** One entry of a stream as it lies there, not yet opened. */
export interface Entry {
  readonly kind: "fact" | "copy" | "activity";
  readonly owner: string;
  /** Position in the owner's stream. */
  readonly seq: number;
  /** When the broker stored it, ms since 1970. */
  readonly at: number;
  /** The event as JSON text. */
  readonly raw: string;
  /** What `raw` says, once somebody has opened the entry: who shares one parses it once. */
  event?: Fact | Copy | Activity;
}

type Opened<K extends Entry["kind"], E> = Omit<Entry, "kind" | "raw" | "event"> & {
  readonly kind: K;
  readonly event: E;
};
/** An entry of a mailbox that has been opened. */
export type Mail = Opened<"fact", Fact> | Opened<"copy", Copy>;
/** Any entry that has been opened. */
export type Recorded = Mail | Opened<"activity", Activity>;

/**
 * Opens an entry.
 * @throws Error when the text is no event this version knows: the caller dead-letters it.
 */
export function open(entry: Entry): Recorded {
  const { kind, owner, seq, at } = entry;
  entry.event ??= PARSERS[kind].parse(JSON.parse(entry.raw));
  // Spelled out: an object spread here costs more than parsing and checking together.
  return { kind, owner, seq, at, event: entry.event } as Recorded;
}

/** What may be said of an error of {@link open}: a parser's own message quotes what it has read. */
export function whyUnreadable(error: unknown): string {
  const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
  if (issue !== undefined) return `${issue.path.join(".") || "event"}: ${issue.code}`;
  return error instanceof Error ? error.name : "unknown";
}

const PARSERS = { fact: Fact, copy: Copy, activity: Activity } as const;
