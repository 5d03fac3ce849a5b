import { isReadable } from "../client/mailbox/readable.ts";
import type { EventFrame } from "../protocol/frames/mailbox.ts";
import { messageId } from "../events/messageid.ts";
import { claimOf } from "../rules/receipts.ts";
import type { BotMessage } from "./incoming.ts";

/** News for a bot in an entry of its mailbox. */
export type Followed =
  | { readonly what: "message"; readonly message: BotMessage }
  /** An own message with this key is stored. */
  | { readonly what: "answered"; readonly peer: string; readonly key: string }
  /** The bot's device has read so far. */
  | { readonly what: "read"; readonly peer: string; readonly position: number }
  /** A session has ended. */
  | { readonly what: "closed" };

/** The meaning of an entry to the bot of this device; undefined: none. */
export function follow(
  { event, generation = 0 }: EventFrame,
  device: string,
): Followed | undefined {
  if (!isReadable(event)) return undefined;
  switch (event.type) {
    case "MessageSent":
      // A bot answers people alone: what a group has accepted is no message to it.
      if ("of" in event) return undefined;
      return "cause" in event ? told(event, generation) : said(event);
    case "MessageDelivered":
    case "MessageRead": {
      if ("cause" in event || event.device !== device) return undefined;
      return { what: "read", peer: event.peer, position: claimOf(event).read };
    }
    case "SessionClosed":
      return { what: "closed" };
    case "GroupAsked":
    case "GroupChanged":
    case "GroupJoined":
    case "GroupLeft":
    case "Refused":
    case "SessionOpened":
    case "HeadAsked":
    case "SignedOut":
      return undefined;
    default:
      // An entry that nobody can read, or of a newer type.
      event satisfies never;
      return undefined;
  }
}

type Sent = Exclude<Extract<EventFrame["event"], { type: "MessageSent" }>, { of: number }>;

function said({ to: peer, key }: Exclude<Sent, { cause: number }>): Followed | undefined {
  return key === undefined ? undefined : { what: "answered", peer, key };
}

/** A copy that was put for another generation of the log counts for nobody. */
function told(event: Extract<Sent, { cause: number }>, generation: number): Followed | undefined {
  if ((event.in ?? 0) !== generation) return undefined;
  const { author, position, body, data, sentAt } = event;
  const id = messageId(author, position);
  const more = data === undefined ? {} : { data };
  return { what: "message", message: { id, author, position, body, ...more, sentAt } };
}
