import type { Logger } from "pino";
import type { ActorCache } from "./cache.ts";
import type { World } from "./ports.ts";
import { Routes } from "./routes.ts";

/** While so many actors are being loaded, none is for a word that nobody stores. */
const LOADS_MAX = 1_024;

/** Words to sessions besides entries: who types, and that they have ended. */
export class Notices {
  readonly #world: Pick<World, "route" | "isDead">;
  readonly #cache: ActorCache;
  readonly #log: Logger;

  constructor(world: Pick<World, "route" | "isDead">, cache: ActorCache, log: Logger) {
    this.#world = world;
    this.#cache = cache;
    this.#log = log;
  }

  /** Tells the sessions of `to` who types. `upTo`: the last entry that the partition has taken. */
  async typing({ to, from }: { to: string; from: string }, upTo: number, now: number) {
    if (this.#cache.loads >= LOADS_MAX && this.#cache.get(to, now) === undefined) return;
    try {
      const actor = await this.#cache.activate(to, upTo, now);
      const routes = new Routes(this.#world);
      const frame = JSON.stringify({ t: "typing", peer: from });
      routes.add(actor.state.sessions, (sessions) => ({ kind: "signal", sessions, frame }));
      routes.leave();
    } catch (error) {
      this.#log.debug({ error }, "typing signal dropped");
    }
  }

  /** Sessions that have ended and whose own gateways have not said so: they may not have heard of it. A dead one hears nothing. */
  ends(): void {
    const routes = new Routes(this.#world);
    for (const { state } of this.#cache.values())
      if (state.ending.length > 0)
        routes.ended(state.ending.filter(({ gatewayId }) => !this.#world.isDead(gatewayId)));
    routes.leave();
  }
}
