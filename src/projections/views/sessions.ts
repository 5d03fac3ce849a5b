import type { Mail } from "../../events/event.ts";
import { LATE_MS, type CloseReason } from "../../events/session.ts";
import type { SessionRow, SessionsAnswer } from "../../protocol/frames/sessions.ts";
import type { Query } from "../../protocol/internal/query.ts";
import { closes, isClosed, NONE_CLOSED, remember, type ClosedIds } from "../../rules/closing.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";
import type { Moment, View } from "../view.ts";

/** The open sessions of a user, and those whose end counts only soon. */
export const sessions = {
  name: "sessions",
  version: 2,
  of: "mailboxes",
  kinds: ["session"],
  reads: [],
  met,
  answer,
} as const satisfies View;

/** A session as its opening says it; `closed`: its end, where somebody else than its own gateway has stated it. */
interface Kept {
  readonly sessionId: string;
  readonly deviceId: string;
  readonly gatewayId: string;
  readonly position: number;
  readonly openedAt: number;
  readonly issuedAt?: number | undefined;
  readonly resume?: string | undefined;
  readonly closed?: { readonly reason: CloseReason; readonly at: number };
}

/**
 * The sessions of an owner in the order of their opening, as many as may be open at once and those that were lost within
 * {@link LATE_MS}; and those that are never open again.
 */
interface Register {
  readonly sessions: readonly Kept[];
  readonly closed: ClosedIds;
}
const NOBODY: Register = { sessions: [], closed: NONE_CLOSED };

const sessionKey: Kind<Register> = kind("session");

function met(rows: Rows, { owner, position, at, event }: Extract<Mail, { kind: "session" }>): void {
  const { sessions: before, closed } = rows.get(sessionKey(owner)) ?? NOBODY;
  const standing = before.filter(({ closed: end }) => end === undefined || at - end.at < LATE_MS);
  rows.put(sessionKey(owner), fold({ sessions: standing, closed }, event, { position, at }));
}

function fold(
  { sessions: all, closed }: Register,
  event: Extract<Mail, { kind: "session" }>["event"],
  { position, at }: { position: number; at: number },
): Register {
  switch (event.type) {
    case "SessionOpened": {
      if (isClosed(closed, event.sessionId)) return { sessions: all, closed };
      const { type: _, ...said } = event;
      const others = all.filter(({ sessionId }) => sessionId !== event.sessionId);
      return { sessions: [...others, { ...said, position, openedAt: at }], closed };
    }
    case "SessionClosed": {
      const session = all.find(({ sessionId }) => sessionId === event.sessionId);
      if (!closes(session, event)) return { sessions: all, closed };
      const others = all.flatMap((each) =>
        each === session ? (ended(each, event, at) ?? []) : each,
      );
      return { sessions: others, closed: remember(closed, event.sessionId) };
    }
    case "HeadAsked":
    case "SignedOut":
      return { sessions: all, closed };
    default:
      event satisfies never;
      return { sessions: all, closed };
  }
}

/** A session behind its end; undefined: its own gateway has said it, behind all that the session has said. */
function ended(
  session: Kept,
  { elsewhere, reason }: { readonly elsewhere?: true | undefined; readonly reason: CloseReason },
  at: number,
): Kept | undefined {
  if (elsewhere === undefined) return undefined;
  return session.closed ? session : { ...session, closed: { reason, at } };
}

/** An owner's own sessions, the oldest first. */
function answer(
  rows: Reading,
  { owner }: Extract<Query, { view: "sessions" }>,
  { now }: Pick<Moment, "now">,
): SessionsAnswer {
  const { sessions: all } = rows.get(sessionKey(owner)) ?? NOBODY;
  return { sessions: all.flatMap((session) => shown(session, now) ?? []) };
}

/** Undefined: nothing that it has said can come any more. */
function shown({ resume: _, closed, ...said }: Kept, now: number): SessionRow | undefined {
  const { issuedAt, ...rest } = said;
  const row = { ...rest, ...(issuedAt !== undefined && { issuedAt }) };
  if (closed === undefined) return row;
  const countsInMs = Math.min(LATE_MS, closed.at + LATE_MS - now);
  return countsInMs > 0 ? { ...row, closed: { reason: closed.reason, countsInMs } } : undefined;
}
