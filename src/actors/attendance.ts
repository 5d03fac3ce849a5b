import { produce, type Draft } from "immer";
import type { Mail } from "../events/event.ts";
import { LATE_MS, type CloseReason, type SessionEvent } from "../events/session.ts";
import { closes, isClosed, NONE_CLOSED, remember, type ClosedIds } from "../rules/closing.ts";
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
  /** Its end, as somebody else than its own gateway has stated it; `at`: ms since 1970. */
  readonly end?: { readonly reason: CloseReason; readonly at: number };
}

/** The sessions of a user, and who may not have one: lists, which take a quarter of the memory of maps. */
export interface Attendance {
  /** Sessions that are told of each entry, in the order of their opening. */
  readonly sessions: readonly Session[];
  /**
   * Sessions that were signed out, and those whose ends others have stated, until their own gateways state them: they are
   * told nothing but that.
   */
  readonly ending: readonly Session[];
  readonly signOuts: SignOuts;
  /** Sessions that are never open again. */
  readonly closed: ClosedIds;
}

export const NOBODY_HERE: Attendance = {
  sessions: [],
  ending: [],
  signOuts: NO_SIGN_OUTS,
  closed: NONE_CLOSED,
};

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
        return close(draft, event, at);
      case "SignedOut":
        draft.signOuts = signOut(draft.signOuts, event) as Draft<SignOuts>;
        return end(draft, at);
      case "HeadAsked":
      case "MessageSent":
      case "MessageDelivered":
      case "MessageRead":
      case "GroupAsked":
      case "GroupJoined":
      case "GroupLeft":
      case "Refused":
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
    closed: after.closed,
  };
}

function open(
  draft: Draft<Attendance>,
  { sessionId, gatewayId, deviceId, resume, issuedAt }: OpenedEvent,
  at: number,
): void {
  if (isClosed(draft.closed, sessionId)) return;
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

/**
 * The word of its own gateway is the last on a session. One that another closes is told so until then; where that is a dead
 * gateway's, nobody states more, and it is told for the minute in which the closing might have been untrue.
 */
function close(draft: Draft<Attendance>, closing: ClosedEvent, at: number): void {
  const { sessionId, reason, elsewhere = false } = closing;
  const isIt = (session: Session): boolean => session.sessionId === sessionId;
  const session = draft.sessions.find(isIt);
  if (!closes(session ?? draft.ending.find(isIt), closing)) return;
  draft.closed = remember(draft.closed, sessionId);
  if (session !== undefined) {
    draft.sessions = draft.sessions.filter((each) => each !== session);
    if (elsewhere) draft.ending.push({ ...session, end: { reason, at } });
  } else if (!elsewhere || reason === "gateway-lost") {
    if (draft.ending.some(isIt)) draft.ending = draft.ending.filter((each) => !isIt(each));
  }
  const isTold = (each: Session): boolean =>
    each.end?.reason === "gateway-lost" && at - each.end.at >= LATE_MS;
  if (draft.ending.some(isTold)) draft.ending = draft.ending.filter((each) => !isTold(each));
}
