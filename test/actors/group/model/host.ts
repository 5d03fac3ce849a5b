import { evolveGroup } from "../../../../src/actors/group/evolve.ts";
import { freezingGroup, thawingGroup } from "../../../../src/actors/group/frozengroup.ts";
import { newGroup, type GroupState } from "../../../../src/actors/group/groupstate.ts";
import { open, type Entry } from "../../../../src/events/entry.ts";
import type { GroupMail } from "../../../../src/events/event.ts";
import { isGroup } from "../../../../src/events/messageid.ts";
import { copyId } from "../../../../src/nats/names.ts";
import { isReceipt, merge } from "../../../../src/rules/receipts.ts";
import { foldPerson, nobody, type PersonState, type Told } from "./person.ts";
import type { Chances, Streams } from "./streams.ts";

/** The world of all hosts: the log, what they have saved, and the network between. */
export interface Shared {
  readonly streams: Streams;
  readonly chances: Chances;
  readonly snapshots: Map<string, string>;
  /** By stream, how many entries of it are done. */
  readonly checkpoints: number[];
  /** Has something done after so many ms. */
  later(ms: number, act: () => void): void;
}

type State = PersonState | GroupState;
interface Actor {
  state: State;
  /** Copies of its that are not stored. */
  pending: number;
}
interface Item {
  told: Told;
  readonly of: { actor: Actor; seq: number }[];
  sentAt: number;
}

/** So long a host waits for an answer before it asks again, ms. */
const PATIENCE_MS = 20_000;

/** The end of what is done in pieces. */
function done<Result>(pieces: Generator<number, Result>): Result {
  for (;;) {
    const piece = pieces.next();
    if (piece.done === true) return piece.value;
  }
}

export const asText = (state: State): string =>
  "owed" in state ? (done(freezingGroup(state, 1e9)) ?? "") : JSON.stringify(state);
const fromText = (owner: string, text: string): State =>
  isGroup(owner) ? done(thawingGroup(text)) : (JSON.parse(text) as PersonState);

/** Folds an entry of anybody's mailbox. */
export function foldEntry(state: State, entry: Entry): { state: State; told: Told[] } {
  if (!("owed" in state)) return { state, told: foldPerson(state, entry) };
  const after = evolveGroup(state, open(entry) as GroupMail);
  return {
    state: after.state,
    told: after.tellings.map(({ to, copy }) => ({ to, event: copy as Told["event"] })),
  };
}

export const initial = (owner: string): State => (isGroup(owner) ? newGroup : nobody());

/** A host of the actors of one stream: it reads, folds, copies, states, saves; and it may be one of several at once. */
export class Host {
  readonly k: number;
  readonly #shared: Shared;
  readonly actors = new Map<string, Actor>();
  readonly lanes = new Map<string, Item[]>();
  /** By seq, the copies of an entry that are not stored. */
  readonly #open = new Map<number, number>();
  /** By group, the seq at which its next fact may leave. */
  readonly #flights = new Map<string, number>();
  seq: number;
  isUp = true;
  pausedUntil = 0;

  constructor(k: number, shared: Shared) {
    this.k = k;
    this.#shared = shared;
    this.seq = shared.checkpoints[k] ?? 0;
  }

  load(owner: string, upTo: number): Actor {
    const text = this.#shared.snapshots.get(owner);
    let state = text === undefined ? initial(owner) : fromText(owner, text);
    for (const entry of this.#shared.streams.mailbox(owner))
      if (entry.seq > state.seq && entry.seq <= upTo) ({ state } = foldEntry(state, entry));
    const actor = { state, pending: 0 };
    this.actors.set(owner, actor);
    return actor;
  }

  /** Reads the next entry. False: there is none. */
  read(): boolean {
    const entry = this.#shared.streams.all[this.k]?.log[this.seq];
    if (entry === undefined) return false;
    this.seq = entry.seq;
    const actor = this.actors.get(entry.owner) ?? this.load(entry.owner, entry.seq - 1);
    if (entry.seq <= actor.state.seq) return true;
    const { state, told } = foldEntry(actor.state, entry);
    actor.state = state;
    for (const each of told) this.#put(actor, entry, each);
    return true;
  }

  #put(actor: Actor, { owner, seq }: Entry, told: Told): void {
    const key = `${owner}>${told.to}`;
    const lane = this.lanes.get(key) ?? [];
    this.lanes.set(key, lane);
    actor.pending++;
    this.#open.set(seq, (this.#open.get(seq) ?? 0) + 1);
    const last = lane.at(-1);
    if (last && last.sentAt === 0 && isReceipt(last.told.event) && isReceipt(told.event)) {
      last.told = { to: told.to, event: merge(last.told.event, told.event) as Told["event"] };
      last.of.push({ actor, seq });
    } else lane.push({ told, of: [{ actor, seq }], sentAt: 0 });
  }

  /** Puts the first of a lane, if it is not under way. */
  pump(key: string, isCalm = false): void {
    const { streams, chances, later } = this.#shared;
    const lane = this.lanes.get(key);
    const item = lane?.[0];
    if (!lane || !item || (item.sentAt > 0 && streams.now - item.sentAt < PATIENCE_MS)) return;
    item.sentAt = streams.now;
    const { to, event } = item.told;
    const name = copyId(to, event);
    const late = chances.is(0.08) ? chances.below(250_000) : chances.below(2_000);
    later(isCalm ? 0 : late, () => {
      streams.put("copy", to, event, { name });
      if (!this.isUp || lane[0] !== item || (!isCalm && chances.is(0.15))) return;
      lane.shift();
      if (lane.length === 0) this.lanes.delete(key);
      for (const { actor, seq } of item.of) this.#stored(actor, seq);
    });
  }

  #stored(actor: Actor, seq: number): void {
    actor.pending--;
    const left = (this.#open.get(seq) ?? 1) - 1;
    if (left > 0) this.#open.set(seq, left);
    else this.#open.delete(seq);
  }

  /** States the first thing that a group owes, behind the last fact that it has read. */
  states(group: string, isCalm = false): boolean {
    const { streams, chances, later } = this.#shared;
    const { state } = this.actors.get(group) ?? {};
    if (state === undefined || !("owed" in state)) return false;
    const [due] = state.owed;
    if (due === undefined || (this.#flights.get(group) ?? 0) > this.seq) return false;
    this.#flights.set(group, Number.POSITIVE_INFINITY);
    const after = state.head;
    later(isCalm ? 0 : chances.is(0.1) ? chances.below(200_000) : chances.below(1_000), () => {
      const answer = streams.put("fact", group, due.event, { after });
      if (!this.isUp) return;
      // An answer that is lost is waited for in vain: the host tries again, and reads on.
      if (!isCalm && chances.is(0.2)) return later(5_000, () => this.#flights.delete(group));
      this.#flights.set(group, "seq" in answer ? answer.seq : answer.last);
    });
    return true;
  }

  /** Does all that can be done at once. False: there was nothing. */
  settles(): boolean {
    let isBusy = this.lanes.size > 0;
    while (this.read()) isBusy = true;
    for (const key of this.lanes.keys()) this.pump(key, true);
    for (const owner of this.actors.keys())
      if (isGroup(owner) && this.states(owner, true)) isBusy = true;
    return isBusy || this.lanes.size > 0;
  }

  /** The checkpoint is below all that is not stored, and all that a group owes. */
  save(): void {
    let reached = this.seq;
    for (const seq of this.#open.keys()) reached = Math.min(reached, seq - 1);
    for (const { state } of this.actors.values())
      if ("owed" in state && state.owed[0]) reached = Math.min(reached, state.owed[0].of - 1);
    this.#shared.checkpoints[this.k] = reached;
  }

  /** Saves an actor that has nothing under way, and perhaps lets it go. */
  tidy(owner: string, isLetGo: boolean): void {
    const actor = this.actors.get(owner);
    if (actor === undefined || actor.pending > 0) return;
    this.#shared.snapshots.set(owner, asText(actor.state));
    const owes = "owed" in actor.state && actor.state.owed.length > 0;
    if (isLetGo && !owes && (this.#flights.get(owner) ?? 0) <= this.seq) this.actors.delete(owner);
  }
}
