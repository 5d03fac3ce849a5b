import type { Copy } from "../events/copy.ts";
import type { Mail } from "../events/event.ts";
import type { Fact } from "../events/fact.ts";
import { isGroup } from "../events/messageid.ts";
import { claimOf } from "./receipts.ts";
import { isRepeat, note, type Sends } from "./sends.ts";
import type { Conversation } from "./standing.ts";
import { advance } from "./watermarks.ts";

/** The change by an entry: a conversation, perhaps the owner's list of repeats, and what of it shows. */
export interface Folded {
  /**
   * `asked`: a message to a group or an ask, which shows once the group has accepted it. `heard`: nothing that shows, but the
   * copy's cause is noted, or the number of a retry that is a repeat.
   */
  readonly what: "message" | "receipt" | "asked" | "heard";
  readonly chat: Conversation;
  readonly sends: Sends;
}

/** The peer or the group whose conversation an entry belongs to; undefined: none, it is about the owner alone. */
export function peerOf({ kind, event }: Mail): string | undefined {
  switch (event.type) {
    case "MessageSent":
      return kind === "fact" ? event.to : event.author;
    case "MessageDelivered":
    case "MessageRead":
      return kind === "fact" ? event.peer : event.author;
    case "GroupAsked":
      return event.group;
    case "GroupJoined":
    case "GroupLeft":
    case "Refused":
      return event.author;
    case "SessionOpened":
    case "SessionClosed":
    case "HeadAsked":
    case "SignedOut":
      return undefined;
    default:
      event satisfies never;
      return undefined;
  }
}

/** Does the entry have to be looked up in the owner's list of repeats? */
export const isSend = (mail: Mail): mail is SendMail =>
  mail.kind === "fact" && (mail.event.type === "MessageSent" || mail.event.type === "GroupAsked");
type SendMail = Extract<Mail, { kind: "fact" }> & {
  readonly event: Extract<Fact, { type: "MessageSent" | "GroupAsked" }>;
};

/**
 * The end of what a receipt of a conversation may claim. Positions of a group are none of the user's mailbox: its gateway and the
 * group have held the claim to them.
 */
const endOf = (peer: string, end: number): number =>
  isGroup(peer) ? Number.POSITIVE_INFINITY : end;

/**
 * The one rule book of a conversation: what an entry of the owner's mailbox changes in `chat`, which is
 * that of {@link peerOf}. Actors, views and devices all fold by it, and put to it whatever else they keep of a
 * conversation: the objects are spelled out, since a spread costs more than all the rest (docs/adr/0069). `sends` is
 * asked and changed for {@link isSend} only.
 * @returns undefined when nothing has changed: a repeat, a claim that moves no watermark, or an event
 * newer than this version, which only a device may be told of.
 */
export function fold(chat: Conversation, sends: Sends, mail: Mail): Folded | undefined {
  switch (mail.kind) {
    case "fact":
      return stated(chat, sends, mail.event, mail.position);
    case "copy":
      return (mail.event.in ?? 0) === mail.generation ? told(chat, sends, mail.event) : undefined;
    case "session":
      return undefined;
    default:
      mail satisfies never;
      return undefined;
  }
}

/** The owner did this. */
function stated(chat: Conversation, sends: Sends, event: Fact, sent: number): Folded | undefined {
  const { heard, received, mine, theirs } = chat;
  switch (event.type) {
    case "MessageSent": {
      const noted = note(sends, event);
      if (noted === sends) return undefined;
      if (isRepeat(sends, event)) return { what: "heard", chat, sends: noted };
      if (isGroup(event.to)) return { what: "asked", chat, sends: noted };
      return { what: "message", chat: { heard, received, sent, mine, theirs }, sends: noted };
    }
    case "MessageDelivered":
    case "MessageRead": {
      const risen = advance(mine, claimOf(event), endOf(event.peer, received));
      if (risen === mine) return undefined;
      const next = { heard, received, sent: chat.sent, mine: risen, theirs };
      return { what: "receipt", chat: next, sends };
    }
    case "GroupAsked": {
      const { cid } = event;
      // The actor's own asks have no number: twice does no harm.
      if (cid === undefined) return { what: "asked", chat, sends };
      const noted = note(sends, { cid });
      return noted === sends ? undefined : { what: "asked", chat, sends: noted };
    }
    default:
      event satisfies never;
      return undefined;
  }
}

/** The actor of the peer's mailbox told the owner this. */
function told(chat: Conversation, sends: Sends, event: Copy): Folded | undefined {
  const { cause: heard } = event;
  if (heard <= chat.heard) return undefined;
  const { sent, mine } = chat;
  let { received, theirs } = chat;
  let what: Folded["what"] = "heard";
  switch (event.type) {
    case "MessageSent":
      what = "message";
      received = event.position;
      break;
    case "MessageDelivered":
    case "MessageRead":
      theirs = advance(theirs, claimOf(event), endOf(event.author, sent));
      if (theirs !== chat.theirs) what = "receipt";
      break;
    case "GroupJoined":
    case "GroupLeft":
    case "Refused":
      break;
    default:
      event satisfies never;
      return undefined;
  }
  return { what, chat: { heard, received, sent, mine, theirs }, sends };
}
