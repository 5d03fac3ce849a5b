import type { Logger } from "pino";
import type { Aside, Entry } from "../events/entry.ts";
import { isVoid } from "../rules/evidence.ts";
import { eventFrame, readable } from "../protocol/write.ts";
import type { Actor } from "./cache.ts";
import { Tidings } from "./tidings.ts";
import type { Outgoing } from "./outgoing.ts";
import type { World } from "./ports.ts";
import type { Progress } from "./progress.ts";
import type { Routes } from "./routes.ts";
import { step } from "./step.ts";
import type { UserState } from "./user.ts";

type Ports = Pick<World, "deadLetter" | "delivered" | "ask" | "marksOf">;

interface Parts {
  readonly progress: Progress;
  readonly outgoing: Pick<Outgoing, "tell">;
  readonly log: Logger;
}

/** Folds entries into their actors and does what follows: routes, copies, and the progress they make. */
export class Sequel {
  readonly #world: Ports;
  readonly #parts: Parts;
  readonly #tidings: Tidings;

  constructor(world: Ports, parts: Parts) {
    this.#world = world;
    this.#parts = parts;
    this.#tidings = new Tidings(world);
  }

  /** Folds an entry, which is open. It is done with unless something of it remains to be told. */
  step(actor: Actor, entry: Entry, routes: Routes): void {
    this.#fold(actor, entry, routes);
    this.#parts.progress.close(entry.seq);
  }

  #fold(actor: Actor, entry: Entry, routes: Routes): void {
    const before = actor.state;
    if (entry.seq <= before.seq) {
      // Repeated after a crash, and already in the snapshot: its copies are stored.
      routes.add(before.sessions, (sessions) => ({ kind: "head", sessions, seq: before.seq }));
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
    if (telling !== undefined) this.#parts.outgoing.tell(actor, entry, telling);
    if (aside === undefined) this.#tidings.folded(actor, entry, routes);
    this.#askAgain(actor, entry);
  }

  #setAside(entry: Entry, aside: Aside, error: unknown): void {
    const { owner, seq } = entry;
    if (aside.why === "bug")
      this.#parts.log.error({ error, owner, seq }, "bug: a rule of actors failed");
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

  /**
   * A roll-back has taken the entry of the group by which it told of a membership: the actor asks where its user stands, and the entry is
   * open until that is stored. So it is asked again after a crash; twice does no harm.
   */
  #askAgain(actor: Actor, { seq, event }: Entry): void {
    if (event?.type !== "GroupJoined" && event?.type !== "GroupLeft") return;
    const { author: group, cause } = event;
    if (!isVoid(this.#world.marksOf(group), { position: cause })) return;
    const { progress, log } = this.#parts;
    const { owner } = actor;
    progress.open(seq);
    actor.pending++;
    this.#world
      .ask(owner, { type: "GroupAsked", author: owner, group, ask: { do: "standing" } })
      .then(
        () => {
          actor.pending--;
          progress.close(seq);
        },
        (error: unknown) => log.warn({ owner, error }, "copy left to the next start"),
      );
  }
}
