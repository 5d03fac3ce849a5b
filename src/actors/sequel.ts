import type { Logger } from "pino";
import type { Aside, Entry } from "../events/entry.ts";
import { eventFrame, readable } from "../protocol/write.ts";
import type { Actor } from "./cache.ts";
import type { Outgoing } from "./outgoing.ts";
import type { World } from "./ports.ts";
import type { Progress } from "./progress.ts";
import type { Routes } from "./routes.ts";
import { step } from "./step.ts";
import type { UserState } from "./user.ts";

type Ports = Pick<World, "deadLetter" | "delivered">;

interface Parts {
  readonly progress: Progress;
  readonly outgoing: Pick<Outgoing, "tell">;
  readonly log: Logger;
}

/** Folds entries into their actors and does what follows: routes, copies, and the progress they make. */
export class Sequel {
  readonly #world: Ports;
  readonly #progress: Progress;
  readonly #outgoing: Parts["outgoing"];
  readonly #log: Logger;

  constructor(world: Ports, { progress, outgoing, log }: Parts) {
    this.#world = world;
    this.#progress = progress;
    this.#outgoing = outgoing;
    this.#log = log;
  }

  /** Folds an entry. It is done with unless something of it remains to be told. */
  step(actor: Actor, entry: Entry, routes: Routes): void {
    const before = actor.state;
    if (entry.seq <= before.seq) {
      // Repeated after a crash, and already in the snapshot: its copies are stored.
      routes.add(before.sessions, (sessions) => ({ kind: "head", sessions, seq: before.seq }));
      this.#progress.close(entry.seq);
      return;
    }
    const { state, telling, aside, error } = step(before, entry);
    actor.state = state;
    actor.unsaved++;
    if (aside !== undefined) this.#setAside(entry, aside, error);
    if (before.sessions.length > 0)
      this.#tell(before, entry, aside === undefined ? entry.raw : readable(entry.raw), routes);
    if (state.ending !== before.ending)
      routes.ended(state.ending.filter((session) => !before.ending.includes(session)));
    if (telling === undefined) this.#progress.close(entry.seq);
    else this.#outgoing.tell(actor, entry.seq, telling);
  }

  #setAside(entry: Entry, aside: Aside, error: unknown): void {
    const { owner, seq } = entry;
    if (aside.why === "bug") this.#log.error({ error, owner, seq }, "bug: a rule of actors failed");
    this.#world.deadLetter(entry, aside);
  }

  /** Routes the entry to every session that was open before it. */
  #tell(
    { seq: prev, sessions: open }: UserState,
    entry: Entry,
    text: string,
    routes: Routes,
  ): void {
    const { seq, generation = 0, event } = entry;
    const frame = eventFrame(entry, prev, text);
    routes.add(open, (sessions) => ({ kind: "event", sessions, seq, generation, prev, frame }));
    // Opened by the step just now; a fact of the owner's has no such time.
    if (event?.type === "MessageSent" && "sentAt" in event) this.#world.delivered(event.sentAt);
  }
}
