import type { Logger } from "pino";
import type { ActorCache } from "./cache.ts";
import type { World } from "./ports.ts";
import { Routes } from "./routes.ts";
import type { Turns } from "./turns.ts";

/** Words to sessions besides entries: who types, where their mailboxes end, and who has been signed out. */
export class Notices {
  readonly #world: Pick<World, "route">;
  readonly #cache: ActorCache;
  readonly #turns: Turns;
  readonly #log: Logger;

  constructor(world: Pick<World, "route">, cache: ActorCache, turns: Turns, log: Logger) {
    this.#world = world;
    this.#cache = cache;
    this.#turns = turns;
    this.#log = log;
  }

  /** Tells the sessions of `to` who types. `upTo`: the last entry that the partition has taken. */
  async typing({ to, from }: { to: string; from: string }, upTo: number, now: number) {
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

  /** Sessions that were signed out and whose ends nobody has stated: their gateways may not have heard of it. */
  revoked(): void {
    const routes = new Routes(this.#world);
    for (const { state } of this.#cache.values())
      if (state.ending.length > 0) routes.revoked(state.ending);
    routes.leave();
  }

  /** Routes may have been lost while the broker was away: every session is told where its mailbox ends. */
  async heads(): Promise<void> {
    const slice = this.#turns.slice();
    const routes = new Routes(this.#world);
    // A copy: actors come and go between two turns.
    for (const { state } of Array.from(this.#cache.values())) {
      if (state.sessions.length === 0) continue;
      const turn = slice.spend(0);
      if (turn !== undefined) {
        routes.leave();
        await turn;
      }
      routes.add(state.sessions, (sessions) => ({ kind: "head", sessions, seq: state.seq }));
    }
    routes.leave();
  }
}
