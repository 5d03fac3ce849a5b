import type { Copy } from "../events/copy.ts";
import type { Entry } from "../events/entry.ts";
import type { GroupAsk } from "../events/groupask.ts";
import type { UserActor } from "../actors/cache.ts";
import type { Outgoing } from "../actors/outgoing.ts";
import { Progress } from "../actors/progress.ts";
import { Routes } from "../actors/routes.ts";
import { Sequel } from "../actors/sequel.ts";
import { newcomer, type UserState } from "../actors/user.ts";
import type { RouteRecord } from "../protocol/internal/routes.ts";
import { silentLog } from "./silentlog.ts";

interface Ports {
  /** Stores a copy in a mailbox. */
  copy(to: string, copy: Copy | GroupAsk): void;
  route(gatewayId: string, records: readonly RouteRecord[]): void;
}

/** Actors of all users in memory: each entry is folded, routed and told by the rules of the server. */
export class MemoryActors {
  readonly #actors = new Map<string, UserActor>();
  readonly #route: (gatewayId: string, records: readonly RouteRecord[]) => void;
  readonly #sequel: Sequel;

  constructor({ copy, route }: Ports) {
    this.#route = route;
    const world = {
      deadLetter: () => undefined,
      delivered: () => undefined,
      marksOf: () => [],
      spread: () => undefined,
      ask: () => Promise.resolve(),
    };
    const tell: Outgoing["tell"] = (_actor, _entry, telling) => copy(telling.to, telling.copy);
    this.#sequel = new Sequel(world, {
      progress: new Progress(0),
      outgoing: { tell },
      stating: { folded: () => undefined },
      movement: { moved: () => undefined },
      log: silentLog,
    });
  }

  take(entry: Entry): void {
    const routes = new Routes({ route: this.#route });
    this.#sequel.step(this.#actorOf(entry.owner), entry, routes);
    routes.leave();
  }

  stateOf(user: string): UserState {
    return this.#actorOf(user).state;
  }

  /** Tells the sessions of `to` who types. */
  typing({ to, from }: { to: string; from: string }): void {
    const routes = new Routes({ route: this.#route });
    const frame = JSON.stringify({ t: "typing", peer: from });
    routes.add(this.stateOf(to).sessions, (sessions) => ({ kind: "signal", sessions, frame }));
    routes.leave();
  }

  #actorOf(owner: string): UserActor {
    const known = this.#actors.get(owner);
    if (known !== undefined) return known;
    const actor: UserActor = {
      is: "user",
      owner,
      state: newcomer,
      pending: 0,
      unsaved: 0,
      savedAt: 0,
      usedAt: 0,
    };
    this.#actors.set(owner, actor);
    return actor;
  }
}
