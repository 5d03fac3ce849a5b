import type { Entry } from "../../src/events/entry.ts";
import type { Stated } from "../../src/events/event.ts";
import type { Claim } from "../../src/rules/claim.ts";
import type { Parcel, RouteRecord } from "../../src/protocol/internal/routes.ts";
import { writeReply, type ViewReply } from "../../src/protocol/internal/query.ts";
import { toldOf } from "../../src/config/limits.ts";
import { unwatched } from "../../src/host/meter.ts";
import type { LogReading, World } from "../../src/gateway/ports.ts";
import { clockOf } from "../../src/gateway/groups/groupclock.ts";
import { statedId } from "../../src/nats/names.ts";
import { Groups } from "../../src/gateway/groups/groups.ts";
import { Chronicle } from "../../src/gateway/chronicle.ts";
import { Intake } from "../../src/gateway/intake.ts";
import { Presence } from "../../src/gateway/presence.ts";
import { Connection } from "../../src/gateway/session/connection.ts";
import type { GatewayLimits } from "../../src/gateway/session/limits.ts";
import { Closings } from "../../src/gateway/session/closings.ts";
import { Marks } from "../../src/gateway/session/marks.ts";
import { Openings } from "../../src/gateway/session/openings.ts";
import type { Parts } from "../../src/gateway/session/parts.ts";
import { People } from "../../src/gateway/session/people.ts";
import { Questions } from "../../src/gateway/session/questions.ts";
import { Turnstile } from "../../src/gateway/turnstile.ts";
import { silent } from "../support/silent.ts";
import { limits } from "./allowed.ts";
import { MemoryGroups } from "./memorygroups.ts";
import { MemoryWire } from "./memorywire.ts";

/** A log, views and signals in memory, as a gateway sees them. An answer that is held waits until it is let go. */
class MemoryWorld extends MemoryGroups implements World {
  readonly gatewayId = "gw-1";
  readonly durability = "stored";
  readonly entries: Entry[] = [];
  /** Types of what was given to be stored, whether it is or not. */
  readonly given: string[] = [];
  readonly stated: { user: string; fact: Stated; again: string | undefined }[] = [];
  readonly asked: object[] = [];
  readonly lookedUp: string[] = [];
  readonly readings: { user: string; after: number; stopped: boolean }[] = [];
  readonly typed: object[] = [];
  readonly activities: string[] = [];
  subscriptions = 0;
  #parcels = 0;
  reply: ViewReply = { seq: 1, result: {} };
  #hold: Promise<void> | undefined;
  readonly #names = new Map<string, number>();
  #route: (parcel: Parcel) => void = () => undefined;

  /** Nothing is stored, answered or looked up until the returned function is called: with an error, it all fails. */
  hold(): (error?: Error) => void {
    let settle: (error?: Error) => void = () => undefined;
    this.#hold = new Promise((go, fail) => {
      settle = (error) => (error === undefined ? go() : fail(error));
    });
    return (error) => {
      this.#hold = undefined;
      settle(error);
    };
  }

  epochOf = (): string => "e";
  generation = 0;
  positionAt = (_user: string, seq: number): number => this.generation * 2 ** 44 + seq;
  /** Claims that were compared, and whether the log is as they say. */
  readonly claims: Claim[] = [];
  isSame = true;
  async holds(_user: string, claim: Claim): Promise<boolean> {
    this.claims.push(claim);
    return this.isSame;
  }
  readonly streams = 1;
  streamOf = (): number => 0;
  /** Questions for heads, by how many users each was about and how far. */
  readonly headsAsked: { users: readonly string[]; atLeast: number }[] = [];
  async heads(_k: number, users: readonly string[], atLeast: number) {
    this.headsAsked.push({ users, atLeast });
    await this.#hold;
    return new Map(users.map((user) => [user, this.#of(user).at(-1)?.seq ?? 0]));
  }
  async fact(user: string, seq: number): Promise<string | undefined> {
    return this.#of(user).find((entry) => entry.seq === seq)?.raw;
  }
  begin(user: string, after: number): LogReading {
    const reading = { user, after, stopped: false };
    this.readings.push(reading);
    // Each entry is handed over once, as by the log's own reading.
    let come = after;
    const take = (upTo: number): Entry[] => {
      const entries = this.#of(user).filter(({ seq }) => seq > come && seq <= upTo);
      come = upTo;
      return entries;
    };
    return {
      after,
      async *pages(upTo: number) {
        yield { entries: take(upTo), pending: 0 };
      },
      stop: () => void (reading.stopped = true),
    };
  }

  /** Does the user's stream store nothing, and is that known? */
  isAway = false;
  refuses = (): boolean => this.isAway;
  async state(user: string, _sessionId: string, fact: Stated, again?: string) {
    this.given.push(fact.type);
    await this.#hold;
    this.stated.push({ user, fact, again });
    const isNumbered = fact.type === "MessageSent" || fact.type === "GroupAsked";
    const name = isNumbered ? statedId(fact, again) : undefined;
    const known = name === undefined ? undefined : this.#names.get(name);
    if (known !== undefined) return { seq: known, duplicate: true };
    const seq = this.store(user, fact);
    if (name !== undefined) this.#names.set(name, seq);
    return { seq, duplicate: false };
  }
  receipt = <F extends Stated>(user: string, id: string, event: F): Promise<{ event: F }> =>
    this.state(user, id, event).then(() => ({ event }));
  /** The broker takes the name of a send for known, whatever lies at `seq`. */
  knows(user: string, cid: string, seq: number): void {
    this.#names.set(`f:${user}:${cid}`, seq);
  }

  store(user: string, fact: object): number {
    const seq = this.entries.length + 1;
    this.entries.push({ kind: "fact", owner: user, seq, at: 1, raw: JSON.stringify(fact) });
    return seq;
  }

  async ask(query: object): Promise<string> {
    this.asked.push(query);
    await this.#hold;
    return writeReply(this.reply);
  }

  typing = (typing: object): void => void this.typed.push(typing);
  active = (user: string, action: string): void => void this.activities.push(`${user} ${action}`);
  onActive = (): (() => void) => {
    this.subscriptions++;
    return () => this.subscriptions--;
  };
  async lastActive(user: string) {
    this.lookedUp.push(user);
    await this.#hold;
    return undefined;
  }
  onRoute = (hear: (parcel: Parcel) => void) => {
    this.#route = hear;
    return () => undefined;
  };
  onReconnect = () => () => undefined;
  readonly neighbourhood = {
    storedAt: 0,
    hasOthers: false,
    renewals: 0,
    renew: () => void this.neighbourhood.renewals++,
  };
  route(...records: RouteRecord[]): void {
    this.#route({ host: "host-1", n: ++this.#parcels, records });
  }

  #of(user: string): Entry[] {
    return this.entries.filter(({ owner }) => owner === user);
  }
}

/** A gateway's parts over a world in memory, with a clock that stands still. A token is its user's name. */
export function house(changed: Partial<GatewayLimits> = {}, log = silent, meter = unwatched) {
  const world = new MemoryWorld();
  const all = { ...limits, ...changed };
  const clock = { now: 1_000 };
  const openings = new Openings(() => clock.now);
  const groups = new Groups({
    world,
    clock: clockOf(() => clock.now),
    queueBytes: all.queueBytes,
    coming: openings,
    beaten: () => 0,
    confirms: () => true,
    stored: () => undefined,
    failed: () => undefined,
  });
  const parts: Parts = {
    world,
    limits: all,
    told: toldOf(all),
    verify: async (token) =>
      token === "bad" ? undefined : { user: token, expiresAt: Number.MAX_SAFE_INTEGER },
    people: new People(all),
    hellos: new Turnstile(),
    intake: new Intake(() => clock.now),
    groups,
    openings,
    questions: new Questions(),
    marks: new Marks(),
    closings: new Closings(world, silent, () => clock.now),
    presence: new Presence(world, all.onlineMs, () => clock.now, silent),
    meter,
    chronicle: new Chronicle(log, () => clock.now),
    sessions: new Map(),
    stored: () => undefined,
    confirms: () => true,
    greeted: () => undefined,
    gone: () => undefined,
    now: () => clock.now,
    wall: () => 0,
    log: silent,
  };
  const dial = () => {
    const wire = new MemoryWire();
    const connection = new Connection(wire, "here", parts);
    const say = (...frames: object[]): void => {
      for (const frame of frames) connection.message(Buffer.from(JSON.stringify(frame)), false);
    };
    return { wire, connection, say };
  };
  /** A client that has been welcomed and is up to date. */
  const live = async (user: string, deviceId = "d", more: object = {}) => {
    const device = dial();
    device.say({ t: "hello", token: user, deviceId, ...more });
    await settled(() => device.wire.frames.some(({ t }) => t === "caughtUp" || t === "error"));
    return device;
  };
  return { world, parts, clock, dial, live };
}

/** Lets promises that are due run, until it holds; gives up after far more turns than any of them need. */
export async function settled(holds: () => boolean = () => false): Promise<void> {
  for (let turns = 0; turns < 50 && !holds(); turns++) await new Promise((go) => setImmediate(go));
}

/** Facts of one type that were stated, in order. */
export const facts = (world: MemoryWorld, type: Stated["type"]): Stated[] =>
  world.stated.filter(({ fact }) => fact.type === type).map(({ fact }) => fact);
