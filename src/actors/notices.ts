import type { Logger } from "pino";
import { isGroup } from "../events/messageid.ts";
import type { Signal } from "../protocol/internal/signal.ts";
import type { UserActor } from "./actor.ts";
import type { ActorCache } from "./cache.ts";
import { Tidings } from "./tidings.ts";
import type { Movement } from "./group/movement.ts";
import type { World } from "./ports.ts";
import { Routes } from "./routes.ts";

/** While so many actors are being loaded, none is for a word that nobody stores. */
const LOADS_MAX = 1_024;

type Ports = Pick<World, "route" | "spread" | "isDead" | "marksOf">;

interface Parts {
  readonly cache: ActorCache;
  readonly movement: Pick<Movement, "follows">;
  readonly log: Logger;
}

/** Words to sessions besides entries: who types, which groups are followed, and that they have ended. */
export class Notices {
  readonly #world: Ports;
  readonly #parts: Parts;
  readonly #tidings: Tidings;

  constructor(world: Ports, parts: Parts) {
    this.#world = world;
    this.#parts = parts;
    this.#tidings = new Tidings(world);
  }

  /** A gateway has said something that nobody stores. `upTo`: the last entry that the partition has taken. */
  async hear(signal: Signal, upTo: number, now: number): Promise<void> {
    switch (signal.kind) {
      case "audience":
        return this.#parts.movement.follows(signal.gateway, signal.groups);
      case "typing":
        return this.#typing(signal, upTo, now);
      case "follow": {
        const tell = (actor: UserActor, routes: Routes): void =>
          this.#tidings.asked(actor, signal, routes);
        return this.#withUser(signal.user, { upTo, now, tell });
      }
    }
  }

  /** Whether who types is a member their gateway has seen to. */
  async #typing(
    { to, from }: { to: string; from: string },
    upTo: number,
    now: number,
  ): Promise<void> {
    if (isGroup(to)) return this.#world.spread(to, { kind: "typing", user: from });
    const frame = JSON.stringify({ t: "typing", peer: from });
    const tell = ({ state }: UserActor, routes: Routes): void =>
      routes.add(state.sessions, (sessions) => ({ kind: "signal", sessions, frame }));
    return this.#withUser(to, { upTo, now, tell });
  }

  async #withUser(
    user: string,
    {
      upTo,
      now,
      tell,
    }: {
      upTo: number;
      now: number;
      tell: (actor: UserActor, routes: Routes) => void;
    },
  ): Promise<void> {
    const { cache, log } = this.#parts;
    if (cache.loads >= LOADS_MAX && cache.get(user, now) === undefined) return;
    try {
      const actor = await cache.activate(user, upTo, now);
      if (actor.is !== "user") return;
      const routes = new Routes(this.#world);
      tell(actor, routes);
      routes.leave();
    } catch (error) {
      log.debug({ error }, "signal dropped");
    }
  }

  /** Sessions that have ended and whose own gateways have not said so: they may not have heard of it. A dead one hears nothing. */
  ends(): void {
    const routes = new Routes(this.#world);
    for (const { is, state } of this.#parts.cache.values())
      if (is === "user" && state.ending.length > 0)
        routes.ended(state.ending.filter(({ gatewayId }) => !this.#world.isDead(gatewayId)));
    routes.leave();
  }
}
