import type { Elsewhere, RouteRecord } from "../protocol/internal/routes.ts";
import type { World } from "./ports.ts";
import type { UserState } from "./user.ts";

type Sessions = readonly Pick<UserState["sessions"][number], "sessionId" | "gatewayId">[];
/** Makes a record for sessions of one gateway. */
type ToSessions = (sessions: readonly string[]) => RouteRecord;

/** Records on their way to gateways: those of one turn leave together, per gateway in order. */
export class Routes {
  readonly #route: World["route"];
  readonly #records = new Map<string, RouteRecord[]>();

  constructor({ route }: Pick<World, "route">) {
    this.#route = route;
  }

  /** Adds a record for every one of the sessions. */
  add(sessions: Sessions, recordFor: ToSessions): void {
    for (const [gatewayId, sessionIds] of addresses(sessions)) {
      const record = recordFor(sessionIds);
      const records = this.#records.get(gatewayId);
      if (records === undefined) this.#records.set(gatewayId, [record]);
      else records.push(record);
    }
  }

  /** Tells the gateways of sessions that have ended, and not by their own word: each closes the socket and states the end. */
  ended(ending: UserState["sessions"]): void {
    for (const session of ending) {
      const close = closeOf(session);
      this.add([session], (sessions) => ({ kind: "closed", sessions, close }));
    }
  }

  /** Sends what has been added. */
  leave(): void {
    for (const [gatewayId, records] of this.#records) this.#route(gatewayId, records);
    this.#records.clear();
  }
}

/** The close that the client of a session is told that ends; without an end it was signed out. */
function closeOf({ end }: UserState["sessions"][number]): Elsewhere {
  switch (end?.reason) {
    case undefined:
      return "revoked";
    case "replaced":
    case "limit":
      return end.reason;
    default:
      return "resync";
  }
}

const kept = new WeakMap<Sessions, Map<string, string[]>>();

/** The sessions at each gateway. Kept, since sessions seldom change. */
function addresses(sessions: Sessions): ReadonlyMap<string, readonly string[]> {
  let found = kept.get(sessions);
  if (found !== undefined) return found;
  found = new Map();
  for (const { sessionId, gatewayId } of sessions) {
    const others = found.get(gatewayId);
    if (others === undefined) found.set(gatewayId, [sessionId]);
    else others.push(sessionId);
  }
  kept.set(sessions, found);
  return found;
}
