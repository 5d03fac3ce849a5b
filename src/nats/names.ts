import type { Copy } from "../events/copy.ts";
import type { Stated } from "../events/event.ts";
import type { SessionEvent } from "../events/session.ts";

/**
 * Names: the message ids under which the broker drops what it has stored a short while ago, and the
 * lanes in which one publication waits for the one before. All ids share one space per stream, so each
 * kind has a prefix of its own. Every id in a name has passed `events/ids.ts`.
 */

/**
 * The id of what a user or a session states; undefined: a repeat changes nothing, so the broker need not know it. `again`: a
 * random name that sets a message, or an ask, apart from one that the broker knows by the same id.
 */
export function statedId(event: Stated, again?: string): string | undefined {
  switch (event.type) {
    case "MessageSent":
    case "GroupAsked": {
      if (event.cid === undefined) return undefined;
      const id = `f:${event.author}:${event.cid}`;
      return again === undefined ? id : `${id}:${again}`;
    }
    case "MessageDelivered":
    case "MessageRead":
      return undefined;
    case "SessionOpened":
      return `s:${event.sessionId}`;
    case "SessionClosed":
      return again === undefined ? closingId(event) : `${closingId(event)}:${again}`;
    case "HeadAsked":
    case "SignedOut":
      // A second one changes nothing.
      return undefined;
  }
  return event satisfies never;
}

/**
 * A closing that somebody else states never has the id of the gateway's own, and one with a wrong
 * secret never that of the right one: it would keep the true one out.
 */
function closingId({
  sessionId,
  reason,
  resume,
  elsewhere,
}: Extract<SessionEvent, { type: "SessionClosed" }>): string {
  if (elsewhere === undefined) return `x:${sessionId}`;
  return `x:${sessionId}:${reason === "replaced" ? (resume ?? "") : reason}`;
}

/** The id of a copy: whose it is, what caused it, to whom it goes, and for which generation there. */
export const copyId = (to: string, { author, cause, in: generation = 0 }: Copied): string =>
  `c:${author}:${cause}>${to}@${generation}`;
/** A copy, in a user's mailbox or in a group's. */
type Copied = Pick<Copy, "author" | "cause" | "in">;

/** The id of what is said of an entry that was set aside. */
export const deadletterId = (stream: string, seq: number): string => `d:${stream}:${seq}`;

/**
 * The lane of what a session states: its sends and its own beginning and end in one, its receipts for
 * each peer in one of their own, where they may gather.
 */
export function statedLane(sessionId: string, event: Stated): string {
  switch (event.type) {
    case "MessageSent":
    case "GroupAsked":
    case "SessionOpened":
    case "SessionClosed":
    case "SignedOut":
      return sessionId;
    case "HeadAsked":
      // Its seq is asked for now, not behind what the session has said.
      return `${sessionId}?`;
    case "MessageDelivered":
    case "MessageRead":
      return `${sessionId}>${event.peer}`;
  }
  return event satisfies never;
}

/** The lane of a copy: all that one mailbox tells another. */
export const copyLane = (to: string, { author }: Copied): string => `${author}>${to}`;
