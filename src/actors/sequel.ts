import type { Logger } from "pino";
import type { Entry } from "../events/entry.ts";
import { seqOf } from "../events/position.ts";
import type { GroupFact } from "../events/groupfact.ts";
import { isVoid } from "../rules/evidence.ts";
import { leaving } from "../rules/group/changes.ts";
import { eventFrame, readable } from "../protocol/write.ts";
import type { Actor, GroupActor, UserActor } from "./actor.ts";
import { Tidings } from "./tidings.ts";
import { hasReceipts, type GroupState } from "./group/groupstate.ts";
import type { Movement } from "./group/movement.ts";
import type { Stating } from "./group/stating.ts";
import type { ActorState } from "./nature.ts";
import type { Outgoing } from "./outgoing.ts";
import type { World } from "./ports.ts";
import type { Progress } from "./progress.ts";
import type { Routes } from "./routes.ts";
import { step, type Step } from "./step.ts";
import type { UserState } from "./user.ts";

type Ports = Pick<World, "deadLetter" | "delivered" | "spread" | "ask" | "marksOf">;

interface Parts {
  readonly progress: Progress;
  readonly outgoing: Pick<Outgoing, "tell">;
  readonly stating: Pick<Stating, "folded">;
  readonly movement: Pick<Movement, "moved">;
  readonly log: Logger;
}

/** Folds entries into their actors and does what follows: routes, copies, a group's facts, and the progress they make. */
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
    if (actor.is === "user") this.#user(actor, entry, routes);
    else this.#group(actor, entry);
    this.#parts.progress.close(entry.seq);
  }

  #user(actor: UserActor, entry: Entry, routes: Routes): void {
    const before = actor.state;
    if (entry.seq <= before.seq) {
      // Repeated after a crash, and already in the snapshot: its copies are stored.
      routes.add(before.sessions, (sessions) => ({ kind: "head", sessions, seq: before.seq }));
      return;
    }
    const { aside } = this.#fold(actor, entry);
    const { state } = actor;
    if (before.sessions.length > 0)
      this.#tell(before, entry, aside === undefined ? entry.raw : readable(entry.raw), routes);
    if (state.ending !== before.ending)
      routes.ended(state.ending.filter((session) => !before.ending.includes(session)));
    if (aside === undefined) this.#tidings.folded(actor, entry, routes);
    this.#askAgain(actor, entry);
  }

  #group(actor: GroupActor, entry: Entry): void {
    const { stating, movement } = this.#parts;
    const before = actor.state;
    if (entry.seq > before.seq) {
      const { aside } = this.#fold(actor, entry);
      if (entry.kind === "group")
        this.#spread(before, actor, entry, aside === undefined ? entry.raw : readable(entry.raw));
    }
    if (entry.kind === "group") movement.moved(actor.owner, entry.seq);
    stating.folded(actor, entry);
  }

  /** Folds it, and has told what is to be told. */
  #fold(actor: Actor, entry: Entry): Pick<Step<ActorState>, "aside"> {
    const folded = step<ActorState>(actor.state, entry);
    // It is of the same nature as the one before.
    actor.state = folded.state;
    actor.unsaved++;
    if (folded.aside !== undefined) this.#world.deadLetter(entry, folded.aside, folded.error);
    for (const telling of folded.tellings) this.#parts.outgoing.tell(actor, entry, telling);
    return folded;
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

  /** Tells whoever follows the group what it has accepted. */
  #spread(
    { head, lastEnded }: GroupState,
    { owner, state }: GroupActor,
    entry: Entry,
    text: string,
  ) {
    const { seq, generation = 0, event } = entry;
    const ended = event === undefined ? undefined : leaving(event as GroupFact);
    this.#world.spread(owner, {
      kind: "event",
      seq,
      prev: seqOf(head),
      members: hasReceipts(state) ? state.present.size : 0,
      frame: eventFrame(entry, seqOf(head), text),
      ...(generation > 0 && { generation }),
      ...(ended !== undefined && { ended }),
      ...(lastEnded > 0 && { endedBefore: lastEnded }),
    });
  }

  /**
   * A roll-back has taken the entry of the group by which it told of a membership: the actor asks where its user stands, and the entry is
   * open until that is stored. So it is asked again after a crash; twice does no harm.
   */
  #askAgain(actor: UserActor, { seq, event }: Entry): void {
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
