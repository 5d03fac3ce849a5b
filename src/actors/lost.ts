import type { Actor } from "./cache.ts";

/** Sessions of dead gateways that are closed in one look. */
const LOST_AT_ONCE = 1_000;

/** A session whose gateway is dead, and whose it is. */
export interface Lost {
  readonly owner: string;
  readonly sessionId: string;
}

/** The sessions whose gateways are declared dead, and whose ends nobody has stated. */
export function lostOf(actors: Iterable<Actor>, isDead: (gatewayId: string) => boolean): Lost[] {
  const lost: Lost[] = [];
  for (const { owner, state } of actors)
    for (const { sessionId, gatewayId } of [...state.sessions, ...state.ending])
      if (isDead(gatewayId) && lost.length < LOST_AT_ONCE) lost.push({ owner, sessionId });
  return lost;
}
