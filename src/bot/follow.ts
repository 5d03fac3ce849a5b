import { isReadable } from "../client/mailbox/readable.ts";
import type { EventFrame } from "../protocol/frames/mailbox.ts";
import { messageId } from "../events/messageid.ts";
import { claimOf } from "../rules/receipts.ts";
import type { OwnWord } from "./chattrack.ts";
import type { BotMessage } from "./incoming.ts";

/** News for a bot in an entry of its mailbox. */
export type Followed =
  | { readonly what: "message"; readonly message: BotMessage }
  /** An own message with a key is stored. */
  | ({ readonly what: "said"; readonly peer: string } & OwnWord)
  /** A group has not accepted it. */
  | {
      readonly what: "declined";
      readonly peer: string;
      readonly cid: string;
      readonly code: string;
    }
  /** Up to here everything is finished: the bot's device has read so far, or the bot was not in the group. */
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
      // The word of a group on what it has accepted comes in the group's own mailbox.
      if ("of" in event) return undefined;
      return "cause" in event ? told(event, generation) : said(event);
    case "MessageDelivered":
    case "MessageRead": {
      if ("cause" in event || event.device !== device) return undefined;
      return { what: "read", peer: event.peer, position: claimOf(event).read };
    }
    case "SessionClosed":
      return { what: "closed" };
    case "GroupJoined":
    case "GroupLeft":
    case "Refused":
      return (event.in ?? 0) === generation ? ofGroup(event) : undefined;
    case "GroupAsked":
    case "GroupChanged":
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

function said({ to: peer, cid, key }: Exclude<Sent, { cause: number }>): Followed | undefined {
  return key === undefined ? undefined : { what: "said", peer, cid, key };
}

type GroupWord = Extract<EventFrame["event"], { type: "GroupJoined" | "GroupLeft" | "Refused" }>;

/** Nobody is answered from before the bot came in; and what it has not answered when it went, it never will. */
function ofGroup(event: GroupWord): Followed {
  const { author: peer } = event;
  if (event.type === "Refused") return { what: "declined", peer, cid: event.cid, code: event.code };
  const position = event.type === "GroupJoined" ? event.from - 1 : event.upTo;
  return { what: "read", peer, position };
}

/** A copy that was put for another generation of the log counts for nobody. */
function told(event: Extract<Sent, { cause: number }>, generation: number): Followed | undefined {
  if ((event.in ?? 0) !== generation) return undefined;
  const { author, position, body, data, sentAt } = event;
  const id = messageId(author, position);
  const more = data === undefined ? {} : { data };
  return { what: "message", message: { id, author, position, body, ...more, sentAt } };
}
