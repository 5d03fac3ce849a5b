import type { CloseReason, SessionEvent } from "../events/session.ts";
import type { Session } from "./attendance.ts";
import type { Actor } from "./actor.ts";

/** Sessions that are closed in one look. */
const AT_ONCE = 1_000;

/** A session whose end an actor states, and whose it is. */
export interface Lost {
  readonly owner: string;
  readonly closing: Extract<SessionEvent, { type: "SessionClosed" }>;
}

/** The reasons for which actors close sessions. */
interface Bounds {
  isDead(gatewayId: string): boolean;
  /** Sessions of one user, over all gateways. */
  readonly socketsPerUser: number;
}

/**
 * The sessions that actors close: those of dead gateways, and the newest of a user beyond the limit. (The oldest would be
 * eleven tabs that throw each other out for ever.)
 */
export function lostOf(actors: Iterable<Actor>, bounds: Bounds): Lost[] {
  const lost: Lost[] = [];
  // Lists for each actor would cost as much as the look: hardly any has such a session.
  const isDead = ({ gatewayId, end }: Session): boolean =>
    end?.reason !== "gateway-lost" && bounds.isDead(gatewayId);
  for (const { is, owner, state } of actors) {
    if (is === "group") continue;
    for (const [i, session] of state.sessions.entries())
      if (isDead(session)) lost.push({ owner, closing: closingOf(session, "gateway-lost") });
      else if (i >= bounds.socketsPerUser)
        lost.push({ owner, closing: closingOf(session, "limit") });
    for (const session of state.ending)
      if (isDead(session)) lost.push({ owner, closing: closingOf(session, "gateway-lost") });
    if (lost.length >= AT_ONCE) return lost.slice(0, AT_ONCE);
  }
  return lost;
}

const closingOf = ({ sessionId }: Session, reason: CloseReason) =>
  ({ type: "SessionClosed", sessionId, reason, elsewhere: true }) as const;
