import type { ClientFrame } from "../../protocol/frames/frame.ts";
import type { Goaway } from "../../protocol/frames/goaway.ts";
import { close, gone } from "./ending.ts";
import { counted, differs, end, reach, read, route, unread } from "./following.ts";
import { hello, opened, outOfOrder, refuse, turnedAway, unopened, verified } from "./greeting.ts";
import { misread, obey, pong, refused, stored } from "./commands.ts";
import { refreshed, unjudged } from "./refreshing.ts";
import {
  NOTHING,
  type Awaiting,
  type Happening,
  type Live,
  type Opening,
  type Session,
  type Step,
  type Terms,
  type Verifying,
} from "./session.ts";

/**
 * The rules of a session: the state after a happening, and what is to be done about it. Pure and
 * total: a happening that means nothing in a state changes nothing.
 */
export function step(session: Session, happening: Happening, now: number, terms: Terms): Step {
  switch (happening.type) {
    case "ended":
      return close(session, happening.close);
    case "gone":
      return gone(session, happening.code);
    case "tick":
      return tick(session, happening, now, terms);
    default:
      return session.is === "live"
        ? live(session, happening, now, terms)
        : early(session, happening, now, terms);
  }
}

type Tick = Extract<Happening, { type: "tick" }>;
type Later = Exclude<Happening, { type: "ended" | "gone" | "tick" }>;

/** A client that has been welcomed. */
function live(session: Live, happening: Later, now: number, terms: Terms): Step {
  switch (happening.type) {
    case "frame":
      return obey(session, happening, now, terms);
    case "misread":
      return misread(session, happening);
    case "signal":
      return [session, [{ do: "tell", text: happening.frame }]];
    case "leaving":
      return [session, [{ do: "say", frame: goaway(happening) }]];
    case "staying":
      return [session, [{ do: "say", frame: { t: "stay" } }]];
    case "stored":
      return stored(session, happening);
    case "refused":
      return refused(session, happening);
    default:
      return followed(session, happening, now, terms);
  }
}

const goaway = ({ withinMs }: { readonly withinMs?: number }): Goaway => ({
  t: "goaway",
  ...(withinMs !== undefined && { withinMs }),
});

type Followed = Exclude<
  Later,
  { type: "frame" | "misread" | "signal" | "leaving" | "staying" | "stored" | "refused" }
>;

function followed(session: Live, happening: Followed, now: number, terms: Terms): Step {
  switch (happening.type) {
    case "routed":
      return route(session, happening);
    case "reaches":
      return reach(session, happening.head);
    case "differs":
      return differs(session, happening);
    case "counted":
      return counted(session, happening, terms);
    case "read":
      return read(session, happening);
    case "filled":
      return end(session, happening);
    case "unread":
      return unread(session);
    case "verified":
      return refreshed(session, happening.identity, now);
    case "unopened":
      return unjudged(session, happening.retryAfterMs);
    case "turnedAway":
    case "opened":
      return [session, NOTHING];
  }
}

/** Before `welcome`, and after the end. */
function early(session: Exclude<Session, Live>, happening: Later, now: number, terms: Terms): Step {
  if (session.is === "closed") return [session, NOTHING];
  if (happening.type === "misread") {
    const { rejection, names } = happening;
    // A text of that length is no token: what has come may be an error page.
    const badToken = session.is === "awaiting" && rejection.code === "auth.invalid_token";
    return refuse(session, rejection, badToken ? "badToken" : "refused", names.ref);
  }
  switch (session.is) {
    case "awaiting":
      return happening.type === "frame" ? first(session, happening.frame) : [session, NOTHING];
    case "verifying":
      return verifying(session, happening);
    case "opening":
      return opening(session, happening, now, terms);
  }
}

/** The first frame of a socket. */
const first = (session: Awaiting, frame: ClientFrame): Step =>
  frame.t === "hello" ? hello(session, frame) : outOfOrder(session, frame);

function verifying(session: Verifying, happening: Later): Step {
  switch (happening.type) {
    case "frame":
      return outOfOrder(session, happening.frame);
    case "verified":
      return verified(session, happening.identity);
    case "unopened":
      return unopened(session, happening.retryAfterMs);
    default:
      return [session, NOTHING];
  }
}

function opening(session: Opening, happening: Later, now: number, terms: Terms): Step {
  switch (happening.type) {
    case "opened":
      return opened(session, happening, now, terms);
    case "frame":
      return outOfOrder(session, happening.frame);
    case "unopened":
      return unopened(session, happening.retryAfterMs);
    case "turnedAway":
      return turnedAway(session, happening.rejection);
    case "routed":
      return [heard(session, happening.seq), NOTHING];
    case "reaches":
      return [heard(session, happening.head), NOTHING];
    default:
      return [session, NOTHING];
  }
}

/** Live entries are left to the log until the session's own seq is known. */
function heard(session: Opening, seq: number): Opening {
  const { cursor } = session;
  return seq <= cursor.head ? session : { ...session, cursor: { ...cursor, head: seq } };
}

/** Is the client still there, and may it be? */
function tick(session: Session, happening: Tick, now: number, { limits }: Terms): Step {
  if (session.is === "closed") return [session, NOTHING];
  if (session.is === "awaiting" || session.is === "verifying") return late(session, now);
  if (now >= session.expiresAt) return close(session, "expired");
  if (happening.silentMs > limits.idleMs) return close(session, "idle");
  if (session.is === "opening" && happening.refused === true) return unopened(session);
  return beat(session, happening);
}

/** Has it said who it is in time? */
function late(session: Awaiting | Verifying, now: number): Step {
  if (now < session.helloBy) return [session, NOTHING];
  // A client that has said hello in time waits for its token's keys or for its turn: no fault of its own.
  return session.is === "awaiting" ? close(session, "helloTimeout") : unopened(session);
}

/** A client that is let in, or nearly, is asked for a sign of life when it is time. */
function beat(session: Opening | Live, { beat: isDue, confirmed, heads }: Tick): Step {
  if (!isDue) return [session, NOTHING];
  if (session.is === "opening") return [session, [{ do: "ping" }]];
  return [session, [{ do: "say", frame: pong(session, { confirmed, heads }) }, { do: "ping" }]];
}
