import type { Logger } from "pino";
import type { Aside, Entry } from "../events/entry.ts";
import { StreamRules } from "../rules/judge.ts";
import { ActorCache, type Actor, type CacheLimits } from "./cache.ts";
import type { Following } from "../events/source.ts";
import { LostGateways } from "./lost.ts";
import type { World } from "./ports.ts";
import { eventFrame, readable } from "../protocol/write.ts";
import { Progress } from "./progress.ts";
import { Routes } from "./routes.ts";
import { step } from "./step.ts";
import type { Telling, UserState } from "./user.ts";

const CHECKPOINT_MS = 200;
const TIDY_MS = 5_000;
/** Time that the last checkpoint may take when stopping. */
const SETTLE_MS = 3_000;
/** Entries whose copies are under way: beyond it reading waits. */
const OPEN_MAX = 8_192;

/**
 * Runs the actors of one partition: reads its stream in order, folds each entry into the actor it
 * belongs to, issues what follows, and moves the checkpoint behind what is stored. After a crash the
 * successor repeats from the checkpoint; repeats are named by their cause and change nothing.
 */
export class Partition {
  readonly #world: World;
  readonly #log: Logger;
  readonly #cache: ActorCache;
  readonly #now: () => number;
  #progress = new Progress(0);
  #following: Following | undefined;
  #saved = 0;
  #timers: NodeJS.Timeout[] = [];
  #off: (() => void)[] = [];
  #room: (() => void) | undefined;
  readonly #rules: StreamRules;
  readonly #lost: LostGateways;
  /** Ends the wait behind a newer entry. */
  #leave: (() => void) | undefined;
  /** Seq of an entry that this version is too old for. */
  #newer: number | undefined;
  #stopped = false;

  constructor(world: World, limits: CacheLimits, now: () => number, log: Logger) {
    this.#world = world;
    this.#log = log;
    this.#now = now;
    this.#cache = new ActorCache(world, limits, log);
    this.#rules = new StreamRules(world.source.rules);
    this.#lost = new LostGateways(world.isLive);
  }

  /** Begins at the checkpoint. @throws Error when the broker does not answer. */
  async start(): Promise<void> {
    this.#saved = await this.#world.checkpoint.load();
    this.#progress = new Progress(this.#saved);
    this.#following = this.#world.source.follow(this.#saved, (batch) => this.#take(batch));
    this.#timers = [
      this.#every(CHECKPOINT_MS, () => this.#save()),
      this.#every(TIDY_MS, () => this.#closeLost()),
      this.#every(TIDY_MS, () => this.#cache.tidy(this.#now())),
    ];
    this.#off = [
      this.#world.onTyping(({ to, from }) => void this.#typing(to, from)),
      this.#world.onReconnect(() => this.#hint()),
    ];
  }

  /** Rejects when the stream cannot be followed any more. */
  get done(): Promise<void> {
    return this.#following?.done ?? Promise.resolve();
  }

  /** The reason why the partition goes no further; undefined: all is well. */
  get trouble(): string | undefined {
    return this.#newer === undefined
      ? undefined
      : `entry ${this.#newer} is newer than this version`;
  }

  /** The last entry folded. */
  get seq(): number {
    return this.#progress.last;
  }

  /** Stops reading; what is under way is stored by the caller's lanes before `settle`. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const off of this.#off) off();
    this.#cache.close();
    // A waiter for room would wait for a broker that may be away.
    this.#stopped = true;
    this.#room?.();
    this.#leave?.();
    await this.#following?.stop();
  }

  /** After the copies are stored: the last checkpoint, if the broker takes it at once. */
  async settle(): Promise<void> {
    const late = new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error("not stored in time")), SETTLE_MS).unref(),
    );
    await Promise.race([this.#save(), late]).catch((error: unknown) =>
      this.#log.warn({ error }, "last checkpoint not stored: the next start repeats a little more"),
    );
  }

  #every(ms: number, work: () => Promise<void>): NodeJS.Timeout {
    let busy = false;
    return setInterval(() => {
      if (busy) return;
      busy = true;
      work()
        .catch((error: unknown) => this.#log.warn({ error }, "housekeeping failed; tried again"))
        .finally(() => (busy = false));
    }, ms);
  }

  async #save(): Promise<void> {
    const { checkpoint } = this.#progress;
    if (checkpoint === this.#saved) return;
    await this.#world.checkpoint.save(checkpoint);
    this.#saved = checkpoint;
  }

  /** Closes the sessions of lost gateways. */
  async #closeLost(): Promise<void> {
    const closings = this.#lost.look(this.#cache.values()).map(({ owner, sessionId }) => {
      const event = { type: "SessionClosed", sessionId, reason: "gateway-lost" } as const;
      return this.#world.close(owner, event);
    });
    await Promise.all(closings);
  }

  async #take(batch: readonly Entry[]): Promise<void> {
    const now = this.#now();
    await this.#activate(batch, now);
    const routes = new Routes(this.#world);
    for (const entry of batch) {
      if (this.#rules.isNewer(entry)) {
        routes.leave();
        return this.#park(entry);
      }
      if (entry.kind === "owner") {
        this.#progress.folded(entry.seq, 0);
        continue;
      }
      const actor =
        this.#cache.get(entry.owner, now) ??
        (await this.#cache.activate(entry.owner, entry.seq - 1, now));
      this.#step(actor, entry, routes);
    }
    routes.leave();
    if (this.#progress.open > OPEN_MAX && !this.#stopped)
      await new Promise<void>((go) => (this.#room = go));
  }

  /** Nothing behind a newer entry may be folded without it: waits for the end of this process. */
  async #park({ owner, seq }: Entry): Promise<void> {
    this.#newer = seq;
    this.#log.error({ owner, seq }, "partition stopped: an entry is newer than this version");
    if (!this.#stopped) await new Promise<void>((go) => (this.#leave = go));
  }

  /** Loads the actors of a batch that are not in memory, side by side. */
  async #activate(batch: readonly Entry[], now: number): Promise<void> {
    const missing = new Map<string, number>();
    for (const { kind, owner, seq } of batch) {
      if (kind === "owner" || missing.has(owner)) continue;
      if (this.#cache.get(owner, now) === undefined) missing.set(owner, seq - 1);
    }
    if (missing.size === 0) return;
    await Promise.all([...missing].map(([owner, upTo]) => this.#cache.activate(owner, upTo, now)));
  }

  #step(actor: Actor, entry: Entry, routes: Routes): void {
    const before = actor.state;
    if (entry.seq <= before.seq) {
      // Repeated after a crash, and already in the snapshot: its copies are stored.
      routes.add(before.sessions, { kind: "head", seq: before.seq });
      this.#progress.folded(entry.seq, 0);
      return;
    }
    const { state, telling, aside, error } = step(before, entry);
    actor.state = state;
    actor.unsaved++;
    if (aside !== undefined) this.#setAside(entry, aside, error);
    if (before.sessions.size > 0)
      this.#tell(before, entry, aside === undefined ? entry.raw : readable(entry.raw), routes);
    // A closing that does not count changes no session.
    if (before.sessions !== state.sessions) routes.closed(before.sessions, entry);
    const stored = this.#progress.folded(entry.seq, telling === undefined ? 0 : 1);
    if (telling !== undefined) this.#copy(actor, telling, stored);
  }

  #setAside(entry: Entry, aside: Aside, error: unknown): void {
    const { owner, seq } = entry;
    if (aside.why === "bug") this.#log.error({ error, owner, seq }, "bug: a rule of actors failed");
    this.#world.deadLetter(entry, aside);
  }

  /** Routes the entry to every session that was open before it. */
  #tell({ seq: prev, sessions }: UserState, entry: Entry, text: string, routes: Routes): void {
    const { seq } = entry;
    routes.add(sessions, { kind: "event", seq, prev, frame: eventFrame(entry, prev, text) });
  }

  #copy(actor: Actor, { to, copy }: Telling, stored: () => void): void {
    actor.pending++;
    this.#world.copy(to, copy).then(
      () => {
        actor.pending--;
        stored();
        if (this.#progress.open <= OPEN_MAX) this.#room?.();
      },
      // When stopping: the checkpoint stays before it, the next start repeats it.
      (error: unknown) => this.#log.warn({ error }, "copy left to the next start"),
    );
  }

  async #typing(to: string, from: string): Promise<void> {
    try {
      const actor = await this.#cache.activate(to, this.#progress.last, this.#now());
      const routes = new Routes(this.#world);
      const frame = JSON.stringify({ t: "typing", peer: from });
      routes.add(actor.state.sessions, { kind: "signal", frame });
      routes.leave();
    } catch (error) {
      this.#log.debug({ error }, "typing signal dropped");
    }
  }

  /** Routes may have been lost while the broker was away: tell every session where its mailbox ends. */
  #hint(): void {
    const routes = new Routes(this.#world);
    for (const { state } of this.#cache.values())
      routes.add(state.sessions, { kind: "head", seq: state.seq });
    routes.leave();
  }
}
