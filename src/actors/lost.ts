import type { Actor } from "./cache.ts";

/** Sessions of lost gateways that are closed in one tidying. */
const LOST_AT_ONCE = 1_000;

/** A session whose gateway is gone, and whose it is. */
export interface Lost {
  readonly owner: string;
  readonly sessionId: string;
}

/** Finds the sessions of gateways that were not in the registry twice in a row. */
export class LostGateways {
  readonly #isLive: (gatewayId: string) => boolean;
  /** Gateways that the registry did not list at the last look. */
  #suspects = new Set<string>();

  constructor(isLive: (gatewayId: string) => boolean) {
    this.#isLive = isLive;
  }

  /** The sessions that are to be closed now. */
  look(actors: Iterable<Actor>): Lost[] {
    const missing = new Set<string>();
    const lost: Lost[] = [];
    for (const { owner, state } of actors) {
      for (const { sessionId, gatewayId } of [...state.sessions, ...state.ending]) {
        if (this.#isLive(gatewayId)) continue;
        missing.add(gatewayId);
        if (this.#suspects.has(gatewayId) && lost.length < LOST_AT_ONCE)
          lost.push({ owner, sessionId });
      }
    }
    this.#suspects = missing;
    return lost;
  }
}
