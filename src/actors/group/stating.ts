import type { Logger } from "pino";
import type { Entry } from "../../events/entry.ts";
import { positionAt } from "../../events/position.ts";
import { OutrunError } from "../../events/record.ts";
import type { GroupActor } from "../actor.ts";
import type { World } from "../ports.ts";
import type { Progress } from "../progress.ts";

/** Before a fact for which there was no room is tried again. */
const RETRY_MS = 1_000;

type Ports = Pick<World, "accept" | "marksOf">;

/**
 * States what groups have decided: one fact of each group under way, the next behind its answer. A fact is stored only behind the
 * one that its actor knows as the last, so a host that was paused, or a second one, stores nothing; it reads on (docs/adr/0061).
 */
export class Stating {
  readonly #world: Ports;
  readonly #progress: Progress;
  readonly #log: Logger;
  #stopped = false;
  #held = 0;

  constructor(world: Ports, progress: Progress, log: Logger) {
    this.#world = world;
    this.#progress = progress;
    this.#log = log;
  }

  /** Copies in groups' mailboxes whose facts have not been read. */
  get held(): number {
    return this.#held;
  }

  /** Leaves to the next start what is not stated. */
  stop(): void {
    this.#stopped = true;
  }

  /** An entry of the group has been folded, or was in its state already. */
  folded(actor: GroupActor, { kind, seq }: Pick<Entry, "kind" | "seq">): void {
    const { docket, state } = actor;
    const { opens, closes } = docket.folded(state, kind === "group" ? seq : undefined);
    // The checkpoint stays below a copy whose fact is not stored: who starts there loads its group.
    for (const each of opens) this.#progress.open(each);
    for (const each of closes) this.#progress.close(each);
    this.#held += opens.length - closes.length;
    this.#next(actor);
  }

  #next(actor: GroupActor): void {
    const { owner, docket, state } = actor;
    const next = this.#stopped ? undefined : docket.next(state);
    const due = next && state.owed[next.i];
    if (next === undefined || due === undefined) return;
    const { after } = next;
    const { lastEnding } = docket;
    const endedBefore =
      lastEnding === undefined
        ? state.lastEnded
        : positionAt(this.#world.marksOf(owner), lastEnding);
    const { event, ended } = due;
    const flight = docket.leaves(after);
    this.#world.accept(owner, event, { after, ended, endedBefore }).then(
      (seq) => {
        // Read before its answer came.
        if (!docket.isOpen(flight)) return;
        docket.stored({ seq, ends: ended !== undefined });
        this.#next(actor);
      },
      (error: unknown) => {
        if (!docket.isOpen(flight)) return;
        if (error instanceof OutrunError) return docket.outrun(error.last);
        if (this.#stopped) return;
        this.#log.warn({ owner, error }, "a group's fact is not stored yet");
        setTimeout(() => {
          if (!docket.isOpen(flight)) return;
          docket.refused();
          this.#next(actor);
        }, RETRY_MS);
      },
    );
  }
}
