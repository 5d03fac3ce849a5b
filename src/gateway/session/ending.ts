import type { CloseReason } from "../../events/session.ts";
import type { CloseName, Rejection } from "../../protocol/codes.ts";
import { errorFrame } from "../../protocol/write.ts";
import { CLOSED, NOTHING, type Effect, type Session, type Step } from "./session.ts";

/** The reason that the log gives for the end of a session, by the close that the client is told. */
const REASONS: Record<CloseName, CloseReason> = {
  drained: "drained",
  helloTimeout: "refused",
  badToken: "refused",
  expired: "expired",
  idle: "idle",
  slow: "slow",
  resync: "left",
  replaced: "replaced",
  revoked: "revoked",
  limit: "limit",
  tooMany: "refused",
  abuse: "refused",
  refused: "refused",
};

/** Ends a session and tells its client why. */
export const close = (session: Session, name: CloseName): Step =>
  session.is === "closed"
    ? [session, NOTHING]
    : [
        CLOSED,
        [...(WORDS[name] ?? NOTHING), { do: "close", close: name }, over(session, REASONS[name])],
      ];

const word = (rejection: Rejection): Effect => ({ do: "say", frame: errorFrame(rejection) });

/** One beyond the limit that comes back sooner finds the others still there. */
const LIMIT_MS = 60_000;

/** The reason is told before the close where that alone does not say it: a client shows a code. */
const WORDS: Partial<Record<CloseName, readonly Effect[]>> = {
  revoked: [word({ code: "auth.revoked" })],
  limit: [word({ code: "limit.sockets", retryAfterMs: LIMIT_MS })],
};

/** The socket has ended by itself: too long a frame and broken UTF-8 are the WebSocket's refusals. */
export const gone = (session: Session, code: number): Step =>
  session.is === "closed"
    ? [session, NOTHING]
    : [CLOSED, [over(session, code === 1009 || code === 1007 ? "refused" : "left")]];

function over(session: Exclude<Session, { is: "closed" }>, reason: CloseReason): Effect {
  switch (session.is) {
    case "awaiting":
    case "verifying":
      return { do: "greeted" };
    case "opening": {
      const by = { user: session.user, deviceId: session.hello.deviceId };
      return { do: "leave", by, watched: [], reason };
    }
    case "live": {
      const by = { user: session.user, deviceId: session.deviceId };
      return { do: "leave", by, watched: [...session.watched], reason };
    }
  }
}
