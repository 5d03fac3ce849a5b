import type { Mail } from "../../events/event.ts";
import { LATE_MS, type CloseReason } from "../../events/session.ts";
import type { SessionRow, SessionsAnswer } from "../../protocol/frames/sessions.ts";
import type { Query } from "../../protocol/internal/query.ts";
import { closes } from "../../rules/closing.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";
import type { Moment, View } from "../view.ts";

/** The open sessions of a user, and those whose end counts only soon. */
export const sessions = {
  name: "sessions",
  version: 1,
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
 * The sessions of an owner in the order of their opening: as many as may be open at once, and those that
 * were lost within {@link LATE_MS}.
 */
const sessionKey: Kind<readonly Kept[]> = kind("session");

function met(rows: Rows, { owner, position, at, event }: Extract<Mail, { kind: "session" }>): void {
  const before = rows.get(sessionKey(owner)) ?? [];
  const standing = before.filter(({ closed }) => closed === undefined || at - closed.at < LATE_MS);
  const after = fold(standing, event, { position, at });
  if (after.length > 0) rows.put(sessionKey(owner), after);
  else if (before.length > 0) rows.remove(sessionKey(owner));
}

function fold(
  all: readonly Kept[],
  event: Extract<Mail, { kind: "session" }>["event"],
  { position, at }: { position: number; at: number },
): readonly Kept[] {
  switch (event.type) {
    case "SessionOpened": {
      const { type: _, ...said } = event;
      const others = all.filter(({ sessionId }) => sessionId !== event.sessionId);
      return [...others, { ...said, position, openedAt: at }];
    }
    case "SessionClosed":
      return all.flatMap((session) => {
        if (session.sessionId !== event.sessionId || !closes(session, event)) return session;
        // The word of its own gateway comes behind all that the session has said.
        if (event.elsewhere === undefined) return [];
        return session.closed ? session : { ...session, closed: { reason: event.reason, at } };
      });
    case "HeadAsked":
    case "SignedOut":
      return all;
    default:
      event satisfies never;
      return all;
  }
}

/** An owner's own sessions, the oldest first. */
function answer(
  rows: Reading,
  { owner }: Extract<Query, { view: "sessions" }>,
  { now }: Pick<Moment, "now">,
): SessionsAnswer {
  const all = rows.get(sessionKey(owner)) ?? [];
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
