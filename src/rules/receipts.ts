import type { Event, Receipt } from "../events/event.ts";
import type { Watermarks } from "./watermarks.ts";

/** The claim of a receipt, in one word: `MessageRead`, or `MessageDelivered` with what of it was read. */
export type Words =
  | { type: "MessageDelivered"; upTo: number; read?: number | undefined }
  | { type: "MessageRead"; upTo: number };

/** Receipts that wait for one another are merged; nothing else is. */
export function isReceipt(event: Event): event is Receipt {
  switch (event.type) {
    case "MessageDelivered":
    case "MessageRead":
      return true;
    case "MessageSent":
    case "SessionOpened":
    case "SessionClosed":
    case "HeadAsked":
    case "SignedOut":
    case "GroupAsked":
    case "GroupChanged":
    case "ReceiptsGathered":
    case "GroupJoined":
    case "GroupLeft":
    case "Refused":
    case "UserActive":
    case "StreamBegan":
    case "RulesRaised":
    case "GenerationBegan":
    case "EndAsked":
    case "PutBack":
    case "OwnerClaimed":
    case "OwnerLeft":
    case "SlotsDealt":
    case "SlotsKept":
      return false;
    default:
      event satisfies never;
      return false;
  }
}

/** The two watermarks that a receipt claims. Read implies delivered. */
export const claimOf = (words: Words): Watermarks =>
  words.type === "MessageRead"
    ? { delivered: words.upTo, read: words.upTo }
    : { delivered: words.upTo, read: words.read ?? 0 };

/**
 * Both watermarks in one word, so that what leaves together is always one entry: `MessageRead` when
 * all that was delivered is read, else `MessageDelivered` with `read` below its `upTo`.
 */
export function wordsOf({ delivered, read }: Watermarks): Words {
  if (delivered <= read) return { type: "MessageRead", upTo: read };
  return read > 0
    ? { type: "MessageDelivered", upTo: delivered, read }
    : { type: "MessageDelivered", upTo: delivered };
}

/**
 * Two receipts of one user for one peer as one: the higher of each watermark, and of all else what
 * the later one says (a copy's `cause`, a fact's `device`).
 */
export function merge<R extends Receipt>(first: R, second: R): R {
  const a = claimOf(first);
  const b = claimOf(second);
  if (b.delivered >= a.delivered && b.read >= a.read) return second;
  const { type: _type, upTo: _upTo, read: _read, ...rest } = second as R & { read?: number };
  const marks = { delivered: Math.max(a.delivered, b.delivered), read: Math.max(a.read, b.read) };
  return { ...rest, ...wordsOf(marks) } as R;
}
