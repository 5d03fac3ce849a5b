import type { Logger } from "pino";
import type { Parcel } from "../../protocol/internal/routes.ts";
import { LoopClock } from "../loopclock.ts";
import type { Groups } from "../groups/groups.ts";
import type { World } from "../ports.ts";
import type { Addressee } from "../session/addressee.ts";
import {
  expectations,
  expecting,
  isConfirmed,
  type Ask,
  type Expectations,
  type Heard,
} from "./expectations.ts";
import { jitterOf, readHeads, usersOf } from "./headreading.ts";

/** Groups whose heads are asked for in one question. */
const GROUPS_AT_ONCE = 512;
/** Between two readings of the heads of one stream. */
const PAUSE_MS = 1_000;

interface Parts {
  readonly world: Pick<World, "streams" | "streamOf" | "heads" | "groupHeads" | "state">;
  /** By session id. */
  readonly sessions: ReadonlyMap<string, Addressee>;
  readonly groups: Pick<Groups, "of" | "learn" | "tick">;
  /** ms, monotonic. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/** A reading of heads that is under way. */
interface Reading {
  upTo: number;
  /** It has to be done once more. */
  again: boolean;
}

/** Keeps vigil over the routes to one gateway: has the heads of mailboxes read when one may have been missed. */
export class Vigil {
  readonly #parts: Parts;
  #state: Expectations;
  readonly #clock: LoopClock;
  /** ms by that clock. */
  #time = 0;
  readonly #stored = new Map<number, number>();
  readonly #readings = new Map<number, Reading>();
  /** Streams in which an own entry is being stored. */
  readonly #asking = new Set<number>();
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#clock = new LoopClock(parts.now);
    this.#state = expecting(parts.world.streams, 0);
  }

  /** A parcel has come; its records are somebody else's. */
  hear({ host, n, beat }: Omit<Parcel, "records">): void {
    this.#happen({ type: "parcel", host, n, beat });
  }

  /** The user's mailbox has an entry at `seq`. */
  stored(user: string, seq: number): void {
    const k = this.#parts.world.streamOf(user);
    if (seq > (this.#stored.get(k) ?? 0)) this.#stored.set(k, seq);
  }

  /** Is what is known of the end of the user's mailbox true, as far as the last beats tell? */
  confirms(user: string): boolean {
    const k = this.#parts.world.streamOf(user);
    const isOpen = this.#readings.has(k) || this.#asking.has(k);
    return !isOpen && isConfirmed(this.#state, k, this.#time);
  }

  /** How far the owner of the stream has said that it is. */
  beaten(k: number): number {
    return this.#state.streams[k]?.upTo ?? 0;
  }

  /** Looks whether beats are missing. Due several times a second. */
  tick(): void {
    this.#time += this.#clock.passed();
    this.#happen({ type: "time", stored: this.#stored });
    this.#stored.clear();
  }

  /** The gateway has another id: the hosts' numbers begin anew. */
  renamed(): void {
    this.#state = { ...this.#state, hosts: new Map() };
  }

  stop(): void {
    this.#stopped = true;
  }

  #happen(heard: Heard): void {
    const [state, asks] = expectations(this.#state, heard, this.#time);
    this.#state = state;
    for (const ask of asks) this.#ask(ask);
  }

  #ask({ k, upTo }: Ask): void {
    if (this.#stopped) return;
    if (upTo === undefined) void this.#store(k);
    else void this.#read(k, upTo);
  }

  /** Stores an entry in the stream, whose seq says how far to read: of one session or another. */
  async #store(k: number): Promise<void> {
    const { sessions, now, log } = this.#parts;
    if (this.#asking.has(k)) return;
    const store = this.#storing(k);
    if (store === undefined) return;
    this.#asking.add(k);
    log.debug({ k, sessions: sessions.size }, "no owner is heard; the log is asked how far it is");
    const askedAt = now();
    try {
      const seq = await store();
      this.#happen({ type: "asked", k, seq });
      void this.#read(k, seq, now() - askedAt);
    } catch (error) {
      log.debug({ k, error }, "log not asked; it is asked again");
      this.#happen({ type: "unread", k });
    } finally {
      this.#asking.delete(k);
    }
  }

  /** How an entry of this gateway comes into the stream: by one of its sessions, or of the groups followed there. */
  #storing(k: number): (() => Promise<number>) | undefined {
    const { world, groups } = this.#parts;
    const [user, sessionId] = this.#anyOf(k) ?? [];
    if (user !== undefined && sessionId !== undefined)
      return async () => (await world.state(user, sessionId, { type: "HeadAsked", sessionId })).seq;
    const [group] = groups.of(k);
    return group === undefined ? undefined : () => groups.tick(group);
  }

  /** Any session of the stream, another one each time. */
  #anyOf(k: number): readonly [user: string, sessionId: string] | undefined {
    const { world, sessions, random } = this.#parts;
    const users = usersOf(sessions.values(), (user) => world.streamOf(user) === k);
    const all = [...users].flatMap(([user, theirs]) =>
      theirs.map(({ key }) => [user, key.sessionId] as const),
    );
    return all[Math.floor(random() * all.length)];
  }

  /** `lateMs`: so long the log had no answer before. */
  async #read(k: number, upTo: number, lateMs = 0): Promise<void> {
    const under = this.#readings.get(k);
    if (under !== undefined) {
      under.upTo = Math.max(under.upTo, upTo);
      under.again = true;
      return;
    }
    const reading: Reading = { upTo, again: true };
    this.#readings.set(k, reading);
    try {
      await pause(this.#parts.random() * jitterOf(lateMs));
      while (reading.again && !this.#stopped) {
        reading.again = false;
        await this.#readOnce(k, reading.upTo);
        if (reading.again) await pause(PAUSE_MS);
      }
    } catch (error) {
      this.#parts.log.warn({ k, error }, "heads of mailboxes not read; they are read again");
      this.#happen({ type: "unread", k });
    } finally {
      this.#readings.delete(k);
    }
  }

  async #readOnce(k: number, upTo: number): Promise<void> {
    const { world, sessions } = this.#parts;
    const users = usersOf(sessions.values(), (user) => world.streamOf(user) === k);
    for await (const [user, head] of readHeads([...users.keys()], (some) =>
      world.heads(k, some, upTo),
    )) {
      this.stored(user, head);
      for (const session of users.get(user) ?? []) session.happen({ type: "reaches", head });
    }
    await this.#readGroups(k, upTo);
  }

  async #readGroups(k: number, upTo: number): Promise<void> {
    const { world, groups } = this.#parts;
    const followed = groups.of(k);
    for (let i = 0; i < followed.length; i += GROUPS_AT_ONCE) {
      const heads = await world.groupHeads(k, followed.slice(i, i + GROUPS_AT_ONCE), upTo);
      for (const [group, head] of heads) groups.learn(group, head);
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
