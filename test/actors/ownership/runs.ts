import { isSuccession } from "../../../src/actors/ownership/claiming.ts";
import { Progress } from "../../../src/actors/progress.ts";
import { evolve, newcomer, type UserState } from "../../../src/actors/user.ts";
import { freeze, thaw } from "../../support/frozen.ts";
import type { Copy } from "../../../src/events/copy.ts";
import type { GroupAsk } from "../../../src/events/groupask.ts";
import type { Entry } from "../../../src/events/entry.ts";
import type { Host, Owner } from "../../../src/events/owner.ts";
import type { Beat } from "../../../src/protocol/internal/beat.ts";
import type { Random } from "../../support/random.ts";
import { mailOf } from "../support.ts";
import type { Mailboxes, Wish } from "./brokers.ts";

/** Rules that a run may break: each of them is there for what goes wrong then. */
export interface Broken {
  readonly compares?: false;
  readonly stopsAtSuccessor?: false;
  readonly claimsTwice?: false;
  readonly claimsOwnEntry?: false;
  readonly distrustsItself?: false;
  readonly checkpointsStored?: false;
  readonly snapshotsTold?: false;
  readonly readsWhole?: false;
  readonly lanes?: false;
  readonly givesUp?: true;
}

/** A host as the world knows it. */
export interface Speaker {
  readonly self: Host;
  readonly isUp: boolean;
  readonly runsNow: boolean;
  readonly isConnected: boolean;
  pausedUntil: number;
}

/** The world of a host: everything may be late or lost. */
export interface Around {
  readonly streams: readonly Mailboxes[];
  readonly random: Random;
  readonly broken: Broken;
  /** Ticks of 100 ms. */
  now(): number;
  streamOf(user: string): number;
  /** Goes on until it is answered; `done` hears the seq, or that another was first. */
  publish(from: Speaker, k: number, wish: Wish, done: (seq: number | undefined) => void): void;
  beat(from: Speaker, beat: Beat): void;
}

interface Lane {
  readonly to: string;
  readonly copy: Copy | GroupAsk;
  readonly stored: () => void;
}

/** The actors of one stream: the real fold, the real bookkeeping of what is stored, and lanes. */
export class Run {
  readonly k: number;
  claim: number;
  readonly #node: Speaker;
  readonly #around: Around;
  readonly #progress: Progress;
  readonly #states = new Map<string, { state: UserState; pending: number }>();
  readonly #lanes = new Map<string, Lane[]>();
  #over = false;

  constructor(node: Speaker, around: Around, k: number, claim: number) {
    this.#node = node;
    this.#around = around;
    this.k = k;
    this.claim = claim;
    this.#progress = new Progress(this.stream.checkpoint);
  }

  get stream(): Mailboxes {
    return this.#around.streams[this.k]!;
  }
  get seq(): number {
    return this.#progress.last;
  }
  get open(): number {
    return this.#progress.size;
  }

  /** Copies that its process has forgotten go no further; those on their way do. */
  die(): void {
    this.#over = true;
  }

  /** Takes some entries that its replica has. False: it has read its successor's. */
  take(): boolean {
    const { random, broken } = this.#around;
    const has = this.stream.anyEnd(random);
    for (let n = 0; n < 20; n++) {
      const entry = this.stream.entries[this.#progress.last];
      if (entry === undefined || entry.seq > has) break;
      if (entry.kind === "owner") {
        const said = { seq: entry.seq, owner: JSON.parse(entry.raw) as Owner };
        const ends = isSuccession(this.#node.self, this.claim, said);
        if (ends && broken.stopsAtSuccessor !== false) return false;
        this.#progress.take(entry.seq);
      } else if (!this.#fold(entry)) break;
    }
    return true;
  }

  save(): void {
    const { broken } = this.#around;
    const seq = broken.checkpointsStored === false ? this.seq : this.#progress.checkpoint;
    this.stream.checkpoint = seq;
  }

  snapshot(): void {
    const { random, broken } = this.#around;
    const all = [...this.#states];
    const picked = all[Math.floor(random() * all.length)];
    if (picked === undefined) return;
    const [owner, { state, pending }] = picked;
    if (pending > 0 && broken.snapshotsTold !== false) return;
    this.stream.snapshots.set(owner, freeze(state));
    if (pending === 0 && random() < 0.3) this.#states.delete(owner);
  }

  /** False: no replica has all that lies before the entry. */
  #fold(entry: Entry): boolean {
    const actor = this.#states.get(entry.owner) ?? this.#load(entry);
    if (actor === undefined) return false;
    this.#states.set(entry.owner, actor);
    this.#progress.take(entry.seq);
    if (entry.seq <= actor.state.seq) return true;
    const { state, telling } = evolve(actor.state, mailOf(entry));
    actor.state = state;
    if (telling === undefined) return true;
    this.#progress.open(entry.seq);
    const stored = (): void => this.#progress.close(entry.seq);
    actor.pending++;
    const lane: Lane = { ...telling, stored: () => (actor.pending--, stored()) };
    const one = this.#around.broken.lanes === false ? `${entry.seq}` : "";
    const name = `${telling.copy.author}>${telling.to}${one}`;
    const waiting = this.#lanes.get(name) ?? [];
    this.#lanes.set(name, [...waiting, lane]);
    if (waiting.length === 0) this.#put(name);
    return true;
  }

  #load({ owner, seq }: Entry) {
    const { random, broken } = this.#around;
    const has = this.stream.anyEnd(random);
    if (has < seq - 1 && broken.readsWhole !== false) return undefined;
    const text = this.stream.snapshots.get(owner);
    let state = text === undefined ? newcomer : thaw(text);
    for (const each of this.stream.mailbox(owner))
      if (each.seq > state.seq && each.seq < seq && each.seq <= has)
        ({ state } = evolve(state, mailOf(each)));
    return { state, pending: 0 };
  }

  #put(name: string): void {
    const next = this.#lanes.get(name)?.[0];
    if (next === undefined) return void this.#lanes.delete(name);
    const { to, copy, stored } = next;
    const { random, broken, streamOf, publish } = this.#around;
    const goOn = (isStored: boolean): void => {
      if (this.#over) return;
      if (isStored) stored();
      this.#lanes.get(name)?.shift();
      this.#put(name);
    };
    if (broken.givesUp && random() < 0.05) {
      stored();
      return goOn(false);
    }
    const id = `c:${copy.author}:${copy.cause}>${to}`;
    publish(this.#node, streamOf(to), { kind: "copy", owner: to, event: copy, id }, () =>
      goOn(true),
    );
  }
}
