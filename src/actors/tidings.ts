import type { Entry } from "../events/entry.ts";
import { isVoid } from "../rules/evidence.ts";
import type { UserActor } from "./actor.ts";
import { rangesOf } from "./memberships.ts";
import type { World } from "./ports.ts";
import type { Routes } from "./routes.ts";
import type { UserState } from "./user.ts";

const NOTHING: ReadonlySet<string> = new Set();

/** Tells sessions which groups their user follows: a session when it opens, and all of them when that changes. */
export class Tidings {
  readonly #world: Pick<World, "marksOf">;

  constructor(world: Pick<World, "marksOf">) {
    this.#world = world;
  }

  /** The actor has folded an entry. */
  folded({ state }: UserActor, { event }: Entry, routes: Routes): void {
    switch (event?.type) {
      case "SessionOpened": {
        const { sessionId } = event;
        const opened = state.sessions.filter((session) => session.sessionId === sessionId);
        return this.#tell(opened, state, NOTHING, routes);
      }
      case "GroupJoined":
      case "GroupLeft":
        return this.#tell(state.sessions, state, new Set([event.author]), routes);
      default:
    }
  }

  /** Tells a session whose gateway asks: also of what has ended of the groups named. */
  asked(
    { state }: UserActor,
    { session, gateway, groups }: { session: string; gateway: string; groups: readonly string[] },
    routes: Routes,
  ): void {
    const { seq } = state;
    const ranges = this.#ranges(state, new Set(groups));
    const to = [{ sessionId: session, gatewayId: gateway }];
    routes.add(to, (sessions) => ({ kind: "follow", sessions, seq, ranges, asked: true }));
  }

  #tell(
    to: UserState["sessions"],
    state: UserState,
    named: ReadonlySet<string>,
    routes: Routes,
  ): void {
    if (to.length === 0) return;
    const { seq } = state;
    const ranges = this.#ranges(state, named);
    routes.add(to, (sessions) => ({ kind: "follow", sessions, seq, ranges }));
  }

  #ranges({ groups }: UserState, named: ReadonlySet<string>) {
    const isLost = (group: string, position: number): boolean =>
      isVoid(this.#world.marksOf(group), { position });
    return rangesOf(groups, named, isLost);
  }
}
