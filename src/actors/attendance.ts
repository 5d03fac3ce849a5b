import { produce, type Draft } from "immer";
import type { Mail } from "../events/event.ts";
import type { SessionEvent } from "../events/session.ts";
import { closes } from "../rules/closing.ts";
import { isSignedOut, NO_SIGN_OUTS, signOut, type SignOuts } from "../rules/signout.ts";

/** A session as its user's actor knows it. */
export interface Session {
  readonly sessionId: string;
  readonly gatewayId: string;
  readonly deviceId: string;
  /** SHA-256 of the secret that closes it from elsewhere. */
  readonly resume?: string;
  /** When its token was issued, ms since 1970; absent: it does not say. */
  readonly issuedAt?: number;
}

/** The sessions of a user, and who may not have one: lists, which take a quarter of the memory of maps. */
export interface Attendance {
  /** Sessions that are told of each entry, in the order of their opening. */
  readonly sessions: readonly Session[];
  /** Sessions that were signed out, until their ends are stated: they are told nothing but that. */
  readonly ending: readonly Session[];
  readonly signOuts: SignOuts;
}

export const NOBODY_HERE: Attendance = { sessions: [], ending: [], signOuts: NO_SIGN_OUTS };

/**
 * The sessions after an entry that is about the user alone. Only the lists are drafts: immer gives each
 * object that it copies and freezes a hidden class of its own.
 */
export function meet(before: Attendance, { event, at }: Mail): Attendance {
  const after = produce(before, (draft) => {
    switch (event.type) {
      case "SessionOpened":
        return open(draft, event, at);
      case "SessionClosed":
        draft.sessions = without(draft.sessions, event);
        draft.ending = without(draft.ending, event);
        return;
      case "SignedOut":
        draft.signOuts = signOut(draft.signOuts, event) as Draft<SignOuts>;
        return end(draft, at);
      case "HeadAsked":
      case "MessageSent":
      case "MessageDelivered":
      case "MessageRead":
        return;
      default:
        event satisfies never;
    }
  });
  // A list that has grown keeps room for sixteen more; a copy of it does not.
  return {
    sessions: after.sessions === before.sessions ? before.sessions : after.sessions.slice(),
    ending: after.ending === before.ending ? before.ending : after.ending.slice(),
    signOuts: after.signOuts,
  };
}

function open(
  draft: Draft<Attendance>,
  { sessionId, gatewayId, deviceId, resume, issuedAt }: OpenedEvent,
  at: number,
): void {
  const session = {
    sessionId,
    gatewayId,
    deviceId,
    ...(resume !== undefined && { resume }),
    ...(issuedAt !== undefined && { issuedAt }),
  };
  const list = isSignedOut(draft.signOuts, session, at) ? draft.ending : draft.sessions;
  const known = list.findIndex((each) => each.sessionId === sessionId);
  if (known < 0) list.push(session);
  else list[known] = session;
}

/** Takes those out who are signed out by now. */
function end(draft: Draft<Attendance>, at: number): void {
  const ends = draft.sessions.filter((session) => isSignedOut(draft.signOuts, session, at));
  draft.sessions = draft.sessions.filter((session) => !ends.includes(session));
  draft.ending.push(...ends);
}

type OpenedEvent = Extract<SessionEvent, { type: "SessionOpened" }>;
type ClosedEvent = Extract<SessionEvent, { type: "SessionClosed" }>;

/** The list without the session that has ended; the same list where it has not, or the closing does not count. */
function without<S extends Session>(list: S[], closing: ClosedEvent): S[] {
  const session = list.find(({ sessionId }) => sessionId === closing.sessionId);
  if (session === undefined || !closes(session, closing)) return list;
  return list.filter((each) => each !== session);
}
