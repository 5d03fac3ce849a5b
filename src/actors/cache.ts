import type { Logger } from "pino";
import { RolledBackError } from "../events/source.ts";
import { Activation } from "./activation.ts";
import { actorOf, isOwing, type Actor } from "./actor.ts";
import type { World } from "./ports.ts";
import { natureOf, type ActorState } from "./nature.ts";
import { paced, type Turns } from "./turns.ts";

export interface CacheLimits {
  /** Actors in memory; the least recently used go first. */
  readonly actorsMax: number;
  /** An actor unused for so long is let go. */
  readonly idleMs: number;
}

/** One look at all actors: when, the last entry that was taken by then, and whether this actor is written for that alone. */
interface Tidying {
  readonly now: number;
  readonly seq: number;
  readonly isFar: boolean;
}

interface CacheParts {
  readonly limits: CacheLimits;
  /** The loop's turns for loading and writing. */
  readonly turns: Turns;
  /** Is something of this owner's still to be told, besides what an actor has pending? */
  readonly owes: (owner: string) => boolean;
  /** Do entries of this owner, which have come before, still wait to be folded into the actor? */
  readonly isAwaited: (owner: string) => boolean;
  readonly log: Logger;
}

/** A snapshot is written every so many entries, and one for each two peers more, and when an actor is let go: what it costs follows what it saves. */
const SNAPSHOT_EVERY = 500;
/**
 * Entries of the stream behind which a snapshot is due, be they a neighbour's: whoever is loaded reads over them. It is so many, or
 * six for each actor here: of all that is stored a sixth at most is for that. A large actor's comes later …
 */
const SPAN_MIN = 16_384;
const SPAN_EACH_ACTOR = 6;
const SPAN_EACH_PEER = 4;
/** … and no more of them are written at a time: all actors of a stream may be due at once. */
const SPANS_AT_ONCE = 1_000;
/** Some 16,000 peers: what the broker keeps of an actor is bounded. */
const SNAPSHOT_CHARS_MAX = 1024 * 1024;
/** The wait before an actor that could not be loaded is tried again. */
const RETRY_MS = 250;
/** Of so many failures of one actor in a row one is told: one each 10 s. */
const TOLD_EACH = 40;
/** Snapshots written at once. */
const SAVES_AT_ONCE = 64;

/**
 * The actors of one partition that are in memory. An actor is loaded on first use (snapshot and the
 * tail of its mailbox) and let go when idle, so memory does not grow with the number of users. As many are
 * loaded at once as entries may wait for theirs: all who come soon read the log together (docs/adr/0050).
 */
export class ActorCache {
  readonly #world: World;
  readonly #limits: CacheLimits;
  readonly #turns: Turns;
  readonly #owes: CacheParts["owes"];
  readonly #isAwaited: CacheParts["isAwaited"];
  readonly #log: Logger;
  readonly #activation: Activation;
  /** Least recently used first. */
  readonly #actors = new Map<string, Actor>();
  readonly #loading = new Map<string, Promise<Actor>>();
  /** Nobody who is not in memory has an entry behind this seq that was taken: with one they would be. */
  #quietFrom = 0;
  #closed = false;

  constructor(world: World, { limits, turns, owes, isAwaited, log }: CacheParts) {
    this.#world = world;
    this.#limits = limits;
    this.#turns = turns;
    this.#owes = owes;
    this.#isAwaited = isAwaited;
    this.#log = log;
    this.#activation = new Activation({ world, turns, isClosed: () => this.#closed, log });
  }

  /** Everything behind `seq` is taken from now on, whoever's it is. */
  begin(seq: number): void {
    this.#quietFrom = seq;
  }

  get size(): number {
    return this.#actors.size;
  }

  /** Actors that are being loaded. */
  get loads(): number {
    return this.#loading.size;
  }

  values(): Iterable<Actor> {
    return this.#actors.values();
  }

  /** The actor if it is in memory. */
  get(owner: string, now: number): Actor | undefined {
    const actor = this.#actors.get(owner);
    if (actor === undefined || actor.usedAt === now) return actor;
    actor.usedAt = now;
    this.#actors.delete(owner);
    this.#actors.set(owner, actor);
    return actor;
  }

  /** Actors that cannot be loaded now are left to the next start. */
  close(): void {
    this.#closed = true;
  }

  /**
   * The actor, having folded its mailbox up to and including `upTo` (or further). However long the
   * broker is away it is tried again, because the stream cannot go on without it.
   * @throws Error after `close` only.
   */
  activate(owner: string, upTo: number, now: number): Promise<Actor> {
    const here = this.get(owner, now);
    if (here !== undefined) return Promise.resolve(here);
    const known = this.#loading.get(owner);
    if (known !== undefined) return known;
    const loading = this.#insist(owner, upTo, now).finally(() => this.#loading.delete(owner));
    this.#loading.set(owner, loading);
    return loading;
  }

  async #insist(owner: string, upTo: number, now: number): Promise<Actor> {
    for (let failures = 0; ; failures++) {
      try {
        return await this.#load(owner, upTo, now);
      } catch (error) {
        if (this.#closed) throw error;
        if (failures % TOLD_EACH === 0)
          this.#log.warn({ owner, error }, "actor not loaded; tried again");
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
  }

  async #load(owner: string, upTo: number, now: number): Promise<Actor> {
    // Those who are loaded behind a take-over are all read up to the same entry, so they are read together, and once.
    const loaded = await this.#activation.load(owner, Math.min(upTo, this.#quietFrom));
    // Of an actor that begins, nothing lies behind.
    const since = loaded.state.seq === 0 ? upTo : loaded.since;
    const actor = actorOf(owner, { ...loaded, since, usedAt: now });
    this.#actors.set(owner, actor);
    return actor;
  }

  /** Lets go what is idle or too much, and writes the snapshots that are due. `seq`: the last entry of the stream that was taken. */
  async tidy(now: number, seq: number): Promise<void> {
    const due = new Map<Actor, boolean>();
    const span = Math.max(SPAN_MIN, SPAN_EACH_ACTOR * this.#actors.size);
    let excess = this.#actors.size - this.#limits.actorsMax;
    let spans = 0;
    for (const actor of this.#actors.values()) {
      const letGo = excess-- > 0 || now - actor.usedAt > this.#limits.idleMs;
      const size = natureOf<ActorState>(actor.owner).size(actor.state);
      const isFar = seq - actor.since > span + SPAN_EACH_PEER * size && spans++ < SPANS_AT_ONCE;
      if (letGo || isFar || actor.unsaved >= SNAPSHOT_EVERY + size / 2) due.set(actor, isFar);
    }
    const all = [...due];
    for (let i = 0; i < all.length; i += SAVES_AT_ONCE)
      await Promise.all(
        all
          .slice(i, i + SAVES_AT_ONCE)
          .map(([actor, isFar]) => this.#save(actor, { now, seq, isFar })),
      );
  }

  /**
   * Writes the snapshots of all who have folded something since their last one, who was used last first, until `isOver`: the next owner of
   * the stream reads these, and not what they are made of. `seq`: the last entry that was taken, at any moment.
   */
  async save(now: number, seq: () => number, isOver: () => boolean): Promise<void> {
    const due = [...this.#actors.values()].filter(({ unsaved }) => unsaved > 0).toReversed();
    for (let i = 0; i < due.length && !isOver(); i += SAVES_AT_ONCE)
      await Promise.all(
        due
          .slice(i, i + SAVES_AT_ONCE)
          .map((actor) => this.#save(actor, { now, seq: seq(), isFar: false })),
      );
  }

  /** Writes a snapshot, if that may be, and lets the actor go, if it is due: its mailbox has all that the snapshot lacks. */
  async #save(actor: Actor, { now, seq, isFar }: Tidying): Promise<void> {
    // An actor that is let go while its entries wait is folded on all the same; the owner's next one would know nothing of its pending copies,
    // and call them told in a snapshot.
    if (actor.pending > 0 || this.#isAwaited(actor.owner)) return;
    const saved = actor.state;
    // A snapshot says that everything up to it is told; what is owed is not.
    if ((actor.unsaved > 0 || isFar) && !this.#owes(actor.owner))
      await this.#write(actor, saved, Math.max(seq, saved.seq));
    // The actor was used meanwhile: it stays.
    if (actor.state !== saved || actor.pending > 0 || isOwing(actor)) return;
    this.#letGo(actor, now);
  }

  /** Lets go what is idle, or too much. */
  #letGo({ owner, state, usedAt }: Actor, now: number): void {
    const isIdle = now - usedAt > this.#limits.idleMs;
    if (!isIdle && this.#actors.size <= this.#limits.actorsMax) return;
    this.#quietFrom = Math.max(this.#quietFrom, state.seq);
    this.#actors.delete(owner);
  }

  /** Nothing of the mailbox lies behind the state up to `upTo`: it is not looked for there. */
  async #write(actor: Actor, saved: ActorState, upTo: number): Promise<void> {
    const { unsaved } = actor;
    // An actor with tens of thousands of peers is read from its log instead.
    const text = await paced(
      this.#turns.slice(),
      natureOf<ActorState>(actor.owner).freezing(saved, SNAPSHOT_CHARS_MAX),
    );
    if (text !== undefined && !(await this.#store(actor, text, upTo))) return;
    actor.unsaved -= unsaved;
    actor.since = upTo;
  }

  /** Returns whether the snapshot is stored. @throws RolledBackError */
  async #store(actor: Actor, text: string, seq: number): Promise<boolean> {
    const { owner, savedAt } = actor;
    try {
      actor.savedAt = await this.#world.snapshots.save(owner, text, seq, savedAt);
      return true;
    } catch (error) {
      if (error instanceof RolledBackError) throw error;
      this.#log.debug({ owner, error }, "snapshot not stored");
      return false;
    }
  }
}
