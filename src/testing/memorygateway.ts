import { Chronicle } from "../gateway/chronicle.ts";
import type { Meter, Verify } from "../gateway/ports.ts";
import { clockOf } from "../gateway/groups/groupclock.ts";
import { Groups } from "../gateway/groups/groups.ts";
import { Intake } from "../gateway/intake.ts";
import { Presence } from "../gateway/presence.ts";
import { Connection } from "../gateway/session/connection.ts";
import type { GatewayLimits } from "../gateway/session/limits.ts";
import { Closings } from "../gateway/session/closings.ts";
import { Marks } from "../gateway/session/marks.ts";
import { Openings } from "../gateway/session/openings.ts";
import type { Connected } from "../gateway/session/addressee.ts";
import type { Parts } from "../gateway/session/parts.ts";
import { People } from "../gateway/session/people.ts";
import { Questions } from "../gateway/session/questions.ts";
import type { Wire } from "../gateway/socket/wire.ts";
import { Turnstile } from "../gateway/turnstile.ts";
import { toldOf } from "../config/limits.ts";
import { deliver } from "../gateway/routed.ts";
import type { MemoryWorld } from "./memoryworld.ts";
import { silentLog } from "./silentlog.ts";

/** Each session is looked at so often. */
const TICK_MS = 1_000;

const nothing = (): void => undefined;
const unwatched: Meter = { send: nothing, refused: nothing, session: nothing };

interface Options {
  readonly world: MemoryWorld;
  readonly limits: GatewayLimits;
  readonly verify: Verify;
  /** ms, monotonic. */
  now(): number;
  /** ms since 1970. */
  wall(): number;
}

/** The sessions of the server over sockets in memory: the same rules, effects and bounds. */
export class MemoryGateway {
  readonly #parts: Parts;
  readonly #connections = new Set<Connected>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor({ world, limits, verify, now, wall }: Options) {
    const openings = new Openings(now);
    const groups = new Groups({
      world,
      clock: clockOf(now),
      queueBytes: limits.queueBytes,
      coming: openings,
      beaten: () => 0,
      confirms: () => true,
      stored: nothing,
      failed: nothing,
    });
    this.#parts = {
      world,
      limits,
      told: toldOf(limits),
      verify,
      people: new People(limits),
      hellos: new Turnstile(),
      intake: new Intake(now),
      openings,
      groups,
      questions: new Questions(),
      marks: new Marks(),
      closings: new Closings(world, silentLog, now),
      presence: new Presence(world, limits.onlineMs, now, silentLog),
      chronicle: new Chronicle(silentLog, now),
      meter: unwatched,
      sessions: new Map(),
      // Every route is a call here.
      stored: nothing,
      confirms: () => true,
      greeted: nothing,
      gone: (session) => void this.#connections.delete(session),
      now,
      wall,
      log: silentLog,
    };
    world.onRoute(({ records, moved = [] }) => {
      deliver(records, this.#parts);
      groups.heard(moved);
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    // A test ends although nobody has closed the server.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Takes a socket in. */
  enter(wire: Wire): Connection {
    const connection = new Connection(wire, "memory", this.#parts);
    this.#connections.add(connection);
    return connection;
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const connection of this.#connections)
      connection.happen({ type: "ended", close: "drained" });
    this.#parts.presence.stop();
  }

  #tick(): void {
    for (const connection of this.#connections) connection.tick();
    this.#parts.groups.look();
    this.#parts.presence.tidy();
    this.#parts.chronicle.tidy();
  }
}
