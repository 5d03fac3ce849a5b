import type { CloseReason } from "../events/session.ts";
import { hashOf } from "./resume.ts";

/** The ids of a user that were closed last, oldest first, with commas between: a text takes half of the memory of a list. */
export type ClosedIds = string;
export const NONE_CLOSED: ClosedIds = "";
/**
 * Ids of a user that are remembered after their end. A late `SessionOpened` comes within two minutes, in which a person opens a
 * few sessions, and somebody who flaps is bounded at the door.
 */
const CLOSED_KEPT = 32;

/** Was the session closed? Then it is never open again, however late its opening is stored (docs/adr/0034). */
export const isClosed = (closed: ClosedIds, sessionId: string): boolean =>
  closed.split(",").includes(sessionId);

/** Remembers the end of a session. */
export function remember(closed: ClosedIds, sessionId: string): ClosedIds {
  if (isClosed(closed, sessionId)) return closed;
  const ids = closed === NONE_CLOSED ? [] : closed.split(",");
  return [...ids, sessionId].slice(-CLOSED_KEPT).join(",");
}

/**
 * Does a closing of the session count? Anybody who knows a session's id could ask that it be replaced: only
 * its own client knows the secret. `session` undefined: nobody has opened it yet, so no secret can be compared.
 */
export const closes = (
  session: { readonly resume?: string | undefined } | undefined,
  { reason, resume }: { readonly reason: CloseReason; readonly resume?: string | undefined },
): boolean => reason !== "replaced" || (resume !== undefined && hashOf(resume) === session?.resume);
