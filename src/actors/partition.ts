import type { Logger } from "pino";
import type { Entry } from "../events/entry.ts";
import { StreamRules } from "../rules/judge.ts";
import { ActorCache, type CacheLimits } from "./cache.ts";
import { SucceededError, type Following } from "../events/source.ts";
import { isFull, passageFrom, type Passage } from "./passage.ts";
import type { World } from "./ports.ts";
import { every } from "./every.ts";
import { Movement } from "./group/movement.ts";
import { lostOf } from "./lost.ts";
import { Notices } from "./notices.ts";
import { Parking, type ParkingRoom } from "./parking.ts";
import { Routes } from "./routes.ts";
import { checkpointing } from "./checkpointing.ts";
import { settling } from "./settling.ts";
import type { Turns } from "./turns.ts";
import type { Moved } from "../protocol/internal/routes.ts";

const TIDY_MS = 5_000;
/** Sessions are looked at so often whose gateways are dead, or do not know yet that they have ended. */
const ENDS_MS = 2_000;

/** The parts that a partition shares with the others of its host, and is told by it. */
export interface PartitionParts {
  readonly limits: CacheLimits & { readonly socketsPerUser: number };
  /** The loop's turns: for entries as they come, and for actors that are loaded and written. */
  readonly turns: { readonly live: Turns; readonly loading: Turns };
  readonly room: ParkingRoom;
  /** ms by a clock that only goes forward. */
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * Runs the actors of one partition: reads its stream in order, folds each entry into the actor it belongs to, issues what follows, and moves
 * the checkpoint behind what is stored. After a crash the successor repeats from the checkpoint; repeats are named by their cause and change nothing.
 */
export class Partition {
  readonly #world: World;
  readonly #log: Logger;
  readonly #cache: ActorCache;
  readonly #rules: StreamRules;
  readonly #notices: Notices;
  readonly #socketsPerUser: number;
  readonly #movement: Movement;
  readonly #parking: Parking;
  readonly #turns: Turns;
  readonly #now: () => number;
  #passage: Passage;
  #following: Following | undefined;
  #saved = 0;
  #timers: NodeJS.Timeout[] = [];
  #off: (() => void)[] = [];
  /** Actors that are being loaded, and what they do then. */
  readonly #loading = new Set<Promise<void>>();
  #room: (() => void) | undefined;
  /** Ends the wait behind a newer entry. */
  #leave: (() => void) | undefined;
  #trouble: string | undefined;
  #stopped = false;

  constructor(world: World, { limits, turns, room, now, log }: PartitionParts) {
    this.#world = world;
    this.#log = log;
    this.#now = now;
    this.#turns = turns.live;
    this.#parking = new Parking(room);
    this.#socketsPerUser = limits.socketsPerUser;
    this.#rules = new StreamRules(world.source.rules);
    this.#movement = new Movement(now);
    this.#passage = this.#passageFrom(0);
    const owes = (owner: string): boolean => this.#passage.outgoing.owes(owner);
    const isAwaited = (owner: string): boolean => this.#parking.has(owner);
    this.#cache = new ActorCache(world, { limits, turns: turns.loading, owes, isAwaited, log });
    this.#notices = new Notices(world, { cache: this.#cache, movement: this.#movement, log });
  }

  /** Begins at the checkpoint. @throws Error when the broker does not answer. */
  async start(): Promise<void> {
    this.#saved = await this.#world.checkpoint.load();
    this.#passage = this.#passageFrom(this.#saved);
    this.#cache.begin(this.#saved);
    this.#following = this.#world.source.follow(this.#saved, (batch) => this.#take(batch));
    this.#timers = [
      checkpointing(() => this.#save(), this.#now, this.#log),
      every(ENDS_MS, () => this.#closeLost(), this.#log),
      every(TIDY_MS, () => this.#cache.tidy(this.#now(), this.seq), this.#log),
    ];
    this.#off = [
      this.#world.onSignal((signal) => void this.#notices.hear(signal, this.seq, this.#now())),
    ];
  }

  /** Everything up to `seq` is done. */
  #passageFrom(seq: number): Passage {
    const stored = (): void => this.#makeRoom();
    return passageFrom(seq, this.#world, { movement: this.#movement, stored, log: this.#log });
  }

  /** Rejects when the stream cannot be followed any more: with SucceededError at its successor's entry, of which nothing is taken. */
  get done(): Promise<void> {
    return this.#following?.done ?? Promise.resolve();
  }

  /** The reason why the partition goes no further; undefined: all is well. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** The last entry taken; it may be parked. */
  get seq(): number {
    return this.#passage.progress.last;
  }

  /** Actors in memory. */
  get load(): number {
    return this.#cache.size;
  }

  /** Everything at or below it that concerns sessions has been handed to the routing; true between two turns of the loop. */
  get routed(): number {
    return (this.#parking.first ?? this.seq + 1) - 1;
  }

  /** The groups that have moved lately, of those that the gateway follows. */
  movedFor(gatewayId: string): Moved[] {
    return this.#movement.movedFor(gatewayId);
  }

  /** Has everything taken been folded? */
  get isCalm(): boolean {
    return this.#parking.isEmpty;
  }

  /** Stops reading; what is under way is stored by the caller's lanes before `settle`. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const off of this.#off) off();
    this.#cache.close();
    this.#passage.outgoing.stop();
    this.#passage.stating.stop();
    // A waiter for room would wait for a broker that may be away.
    this.#stopped = true;
    this.#parking.abandon();
    this.#room?.();
    this.#leave?.();
    await this.#following?.stop();
    await Promise.all(this.#loading);
  }

  /** Writes the snapshots of its actors, which go on, until `isOver`. */
  saveActors(isOver: () => boolean): Promise<void> {
    return this.#cache.save(this.#now(), () => this.seq, isOver);
  }

  /** After the copies are stored: the last checkpoint, if the broker takes it at once. */
  async settle(): Promise<void> {
    await settling(() => this.#save(), this.#log);
  }

  async #save(): Promise<void> {
    const { progress, outgoing } = this.#passage;
    const checkpoint = Math.min(progress.checkpoint, outgoing.reached);
    if (checkpoint === this.#saved) return;
    await this.#world.checkpoint.save(checkpoint);
    this.#saved = checkpoint;
  }

  /** Closes the sessions of dead gateways and those beyond the limit, and has gateways close what has ended. */
  async #closeLost(): Promise<void> {
    this.#notices.ends();
    const bounds = { isDead: this.#world.isDead, socketsPerUser: this.#socketsPerUser };
    const lost = lostOf(this.#cache.values(), bounds);
    await Promise.all(lost.map(({ owner, closing }) => this.#world.close(owner, closing)));
  }

  async #take(batch: readonly Entry[]): Promise<void> {
    const now = this.#now();
    const slice = this.#turns.slice();
    const routes = new Routes(this.#world);
    for (const entry of batch) {
      const turn = slice.spend(entry.raw.length);
      if (turn !== undefined) {
        routes.leave();
        await turn;
      }
      if (this.#rules.isNewer(entry)) {
        routes.leave();
        return this.#standStill(entry);
      }
      if (entry.kind === "owner" && this.#world.isSuccession(entry)) {
        routes.leave();
        throw new SucceededError(`entry ${entry.seq} names another owner`);
      }
      this.#one(entry, routes, now);
    }
    routes.leave();
    if (isFull(this.#passage, this.#parking) && !this.#stopped)
      await new Promise<void>((go) => (this.#room = go));
  }

  /** Nothing behind a newer entry may be folded without it: waits for the end of this process. */
  async #standStill({ owner, seq }: Entry): Promise<void> {
    this.#trouble = `entry ${seq} is newer than this version`;
    this.#log.error({ owner, seq }, "partition stopped: an entry is newer than this version");
    if (!this.#stopped) await new Promise<void>((go) => (this.#leave = go));
  }

  /** Folds an entry, or parks it until its actor is loaded. */
  #one(entry: Entry, routes: Routes, now: number): void {
    const { kind, owner, seq } = entry;
    this.#passage.progress.take(seq);
    if (kind === "owner") return;
    this.#passage.progress.open(seq);
    const actor = this.#parking.has(owner) ? undefined : this.#cache.get(owner, now);
    if (actor !== undefined) return this.#passage.sequel.step(actor, entry, routes);
    if (!this.#parking.park(entry)) return;
    const loading = this.#unpark(owner, seq - 1, now).finally(() => this.#loading.delete(loading));
    this.#loading.add(loading);
  }

  /** Loads an actor, and folds what has come for it meanwhile; all others go on. */
  async #unpark(owner: string, upTo: number, now: number): Promise<void> {
    try {
      const actor = await this.#cache.activate(owner, upTo, now);
      const slice = this.#turns.slice();
      const routes = new Routes(this.#world);
      for (const entry of this.#parking.leave(owner)) {
        const turn = slice.spend(entry.raw.length);
        if (turn !== undefined) {
          routes.leave();
          await turn;
        }
        if (this.#stopped) return;
        this.#passage.sequel.step(actor, entry, routes);
      }
      routes.leave();
      this.#makeRoom();
    } catch (error) {
      // When stopping: the checkpoint stays before what is parked, the next start repeats it.
      this.#log.debug({ owner, error }, "actor left to the next start");
    }
  }

  #makeRoom(): void {
    if (this.#room === undefined || isFull(this.#passage, this.#parking)) return;
    this.#room();
    this.#room = undefined;
  }
}
