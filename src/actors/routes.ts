import type { Entry } from "../events/entry.ts";
import type { CloseReason } from "../events/session.ts";
import type { Elsewhere, RouteRecord } from "../protocol/internal/routes.ts";
import type { World } from "./ports.ts";
import { sessionOf, type UserState } from "./user.ts";

type Sessions = UserState["sessions"];
/** Makes a record for sessions of one gateway. */
type ToSessions = (sessions: readonly string[]) => RouteRecord;

/** Ends that are not stated by the session's own gateway, and what it tells the client. */
const ELSEWHERE: Partial<Record<CloseReason, Elsewhere>> = {
  replaced: "replaced",
  "gateway-lost": "resync",
};

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

  /** Tells a gateway of the end of a session that somebody else has stated: it may hold the socket still. */
  closed(before: UserState, { event }: Entry): void {
    if (event?.type !== "SessionClosed") return;
    const { sessionId, reason } = event;
    const session = sessionOf(before, sessionId);
    const close = ELSEWHERE[reason];
    if (session === undefined || close === undefined) return;
    this.add([session], (sessions) => ({ kind: "closed", sessions, close }));
  }

  /** Tells the gateways of sessions that were signed out to end them: each states the end behind all that its session has said. */
  revoked(ending: Sessions): void {
    this.add(ending, (sessions) => ({ kind: "closed", sessions, close: "revoked" }));
  }

  /** Sends what has been added. */
  leave(): void {
    for (const [gatewayId, records] of this.#records) this.#route(gatewayId, records);
    this.#records.clear();
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
