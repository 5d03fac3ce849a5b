import type { Logger } from "pino";
import type { Entry } from "../events/entry.ts";
import { seqOf } from "../events/position.ts";
import type { Anchor } from "../events/record.ts";
import type { World } from "./ports.ts";
import { natureOf, type ActorState } from "./nature.ts";
import { step } from "./step.ts";
import { paced, type Turns } from "./turns.ts";

interface Parts {
  readonly world: Pick<World, "snapshots" | "read">;
  /** The loop's turns for loading. */
  readonly turns: Turns;
  /** Is nobody to be loaded any more? */
  readonly isClosed: () => boolean;
  readonly log: Logger;
}

/** A state, and the entry of the log that it stands on where it comes from a snapshot. */
interface Base {
  readonly state: ActorState;
  /** Everything of the mailbox up to here is in the state. */
  readonly upTo: number;
  readonly on?: Anchor;
}

/** The state of an actor, entries folded since its snapshot, where in the stream they begin, and the place of the snapshot. */
interface Loaded {
  readonly state: ActorState;
  readonly unsaved: number;
  readonly since: number;
  readonly savedAt: number;
}

/** The log has another entry where a snapshot was taken. */
class OtherLogError extends Error {
  override readonly name = "OtherLogError";
}

/** Loads actors: from a snapshot and the tail of the mailbox behind it, or from the whole mailbox. */
export class Activation {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Folds the mailbox of `owner` up to and including `upTo`; a snapshot that lies ahead is taken as it is.
   * @throws Error when the broker does not answer, or nobody is to be loaded any more.
   */
  async load(owner: string, upTo: number): Promise<Loaded> {
    const { saved, at } = await this.#parts.world.snapshots.load(owner, upTo);
    const base = saved && (await this.#thaw(owner, saved));
    if (base !== undefined)
      try {
        return { ...(await this.#fold(owner, base, upTo)), savedAt: at };
      } catch (error) {
        if (!(error instanceof OtherLogError)) throw error;
      }
    return {
      ...(await this.#fold(owner, { state: natureOf<ActorState>(owner).initial, upTo: 0 }, upTo)),
      savedAt: at,
    };
  }

  /** @throws OtherLogError */
  async #fold(owner: string, base: Base, upTo: number): Promise<Omit<Loaded, "savedAt">> {
    const slice = this.#parts.turns.slice();
    let { state } = base;
    let unsaved = 0;
    let since = base.upTo;
    let isSaid = false;
    for await (const entries of this.#behind(owner, base, upTo))
      for (const entry of entries) {
        const turn = slice.spend(entry.raw.length);
        if (turn !== undefined) await turn;
        if (this.#parts.isClosed()) throw new Error("the host is stopping");
        const folded = step(state, entry);
        ({ state } = folded);
        if (folded.aside?.why === "bug" && !isSaid) {
          isSaid = true;
          this.#sayBug(entry, folded.error);
        }
        if (since === 0) since = entry.seq;
        unsaved++;
      }
    return { state, unsaved, since: since || upTo };
  }

  /**
   * The entries behind a state, in pages. They are read from the one on that the state stands on: that this one comes, with
   * its time, shows that the log is the one that was folded, and hardly ever costs a question. @throws OtherLogError
   */
  async *#behind(owner: string, { upTo: seq, on }: Base, upTo: number) {
    let isSure = on === undefined;
    for await (const { entries } of this.#parts.world.read(owner, Math.max(0, seq - 1), upTo)) {
      const [first] = entries;
      const isOwn = first?.seq === seq;
      if (!isSure && !(isOwn && first.instant === on?.at)) await this.#assertThere(on);
      isSure = true;
      yield isOwn ? entries.slice(1) : entries;
    }
    if (!isSure) await this.#assertThere(on);
  }

  /** Nothing that was read has shown it. @throws OtherLogError */
  async #assertThere(on: Anchor | undefined): Promise<void> {
    if (on === undefined || (await this.#parts.world.snapshots.isThere(on))) return;
    throw new OtherLogError("a snapshot is of another log");
  }

  /** The entry was dead-lettered when its turn came: the actor goes on without it, as it did then. The first of a mailbox is said. */
  #sayBug({ owner, seq }: Entry, error: unknown): void {
    this.#parts.log.error({ error, owner, seq }, "bug: a rule of actors failed");
  }

  async #thaw(
    owner: string,
    { state, on }: { state: string; on: Anchor },
  ): Promise<Base | undefined> {
    try {
      const slice = this.#parts.turns.slice();
      const thawed = await paced(slice, natureOf<ActorState>(owner).thawing(state));
      return { state: thawed, upTo: Math.max(thawed.seq, seqOf(on.position)), on };
    } catch {
      this.#parts.log.warn(
        { owner },
        "snapshot cannot be read: the actor is folded from its mailbox",
      );
      return undefined;
    }
  }
}
