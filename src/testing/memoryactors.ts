import type { Copy } from "../events/copy.ts";
import type { Entry } from "../events/entry.ts";
import type { GroupAsk } from "../events/groupask.ts";
import { isGroup } from "../events/messageid.ts";
import type { Actor, UserActor } from "../actors/actor.ts";
import { Docket } from "../actors/group/docket.ts";
import { newGroup } from "../actors/group/groupstate.ts";
import { Stating } from "../actors/group/stating.ts";
import type { Outgoing } from "../actors/outgoing.ts";
import type { World } from "../actors/ports.ts";
import { Progress } from "../actors/progress.ts";
import { Routes } from "../actors/routes.ts";
import { Sequel } from "../actors/sequel.ts";
import { Tidings } from "../actors/tidings.ts";
import { newcomer, type UserState } from "../actors/user.ts";
import type { GroupRecord, RouteRecord } from "../protocol/internal/routes.ts";
import type { FollowQuestion } from "../protocol/internal/signal.ts";
import { silentLog } from "./silentlog.ts";

interface Ports {
  /** Stores a copy in a mailbox. */
  copy(to: string, copy: Copy | GroupAsk): void;
  /** Stores a fact of a group, behind those before. */
  accept: World["accept"];
  route(gatewayId: string, records: readonly RouteRecord[]): void;
  /** Tells whoever follows a group. */
  spread(group: string, record: GroupRecord): void;
}

/** This log never came back shorter. */
const marksOf = (): [] => [];

/** Actors of all users and groups in memory: each entry is folded, routed, told and answered by the rules of the server. */
export class MemoryActors {
  readonly #actors = new Map<string, Actor>();
  readonly #ports: Ports;
  readonly #sequel: Sequel;
  readonly #tidings = new Tidings({ marksOf });

  constructor(ports: Ports) {
    this.#ports = ports;
    const world = {
      deadLetter: () => undefined,
      delivered: () => undefined,
      marksOf,
      spread: (group: string, record: GroupRecord) => ports.spread(group, record),
      ask: () => Promise.resolve(),
    };
    const tell: Outgoing["tell"] = (_actor, _entry, telling) =>
      ports.copy(telling.to, telling.copy);
    const progress = new Progress(0);
    const accept: World["accept"] = (...fact) => ports.accept(...fact);
    this.#sequel = new Sequel(world, {
      progress,
      outgoing: { tell },
      stating: new Stating({ accept, marksOf }, progress, silentLog),
      movement: { moved: () => undefined },
      log: silentLog,
    });
  }

  take(entry: Entry): void {
    const routes = new Routes({ route: (...routed) => this.#ports.route(...routed) });
    this.#sequel.step(this.#actorOf(entry.owner), entry, routes);
    routes.leave();
  }

  stateOf(user: string): UserState {
    return this.#userOf(user).state;
  }

  /** Tells a session which groups its user follows. */
  follow({ user, ...question }: FollowQuestion): void {
    const routes = new Routes({ route: (...routed) => this.#ports.route(...routed) });
    this.#tidings.asked(this.#userOf(user), question, routes);
    routes.leave();
  }

  /** Tells the sessions of `to` who types. */
  typing({ to, from }: { to: string; from: string }): void {
    if (isGroup(to)) return this.#ports.spread(to, { kind: "typing", user: from });
    const routes = new Routes({ route: (...routed) => this.#ports.route(...routed) });
    const frame = JSON.stringify({ t: "typing", peer: from });
    routes.add(this.stateOf(to).sessions, (sessions) => ({ kind: "signal", sessions, frame }));
    routes.leave();
  }

  #userOf(user: string): UserActor {
    return this.#actorOf(user) as UserActor;
  }

  #actorOf(owner: string): Actor {
    const known = this.#actors.get(owner);
    if (known !== undefined) return known;
    const fresh = { owner, pending: 0, unsaved: 0, since: 0, savedAt: 0, usedAt: 0 };
    const actor: Actor = isGroup(owner)
      ? { ...fresh, is: "group", state: newGroup, docket: new Docket() }
      : { ...fresh, is: "user", state: newcomer };
    this.#actors.set(owner, actor);
    return actor;
  }
}
