import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import type { SessionEvent } from "../../events/session.ts";
import { Outage } from "../../outage.ts";
import type { World } from "../ports.ts";
import { Trickle } from "../trickle.ts";

type Closing = Extract<SessionEvent, { type: "SessionClosed" }>;

/** Between two tries to state an end, each of which is the broker's minute long. */
const AGAIN_MS = 1_000;
/** Ends that are not stored: with more nobody is let in, since each opening needs an end. Those of open sessions come on top. */
const UNSTORED_MAX = 20_000;
/** Sessions whose ends were stored here last: routes that were under way then still come. */
const STATED_MAX = 10_000;
/** A route that comes later than this is no longer one of those: the end was lost with its log, and is stated again. */
const UNDER_WAY_MS = 3_000;
/** Sessions a second that are told to this gateway and are not here; the rest is told again. */
const STRANGERS_PER_SECOND = 100;

/**
 * Ends of sessions: each is stated until it is stored, however long the broker is away, as long as this gateway lives. (The
 * actors state only the ends of dead gateways.)
 */
export class Closings {
  readonly #world: Pick<World, "state">;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #unstored = new Set<string>();
  /** When each was stored; oldest first. */
  readonly #stated = new Map<string, number>();
  /** There may be thousands that are not stored, each of them tried each second. */
  readonly #outage: Outage;
  readonly #strangers = new Trickle(STRANGERS_PER_SECOND);

  /** `now`: ms of a clock that only goes forward. */
  constructor(world: Pick<World, "state">, log: Logger, now: () => number) {
    this.#world = world;
    this.#log = log;
    this.#now = now;
    this.#outage = new Outage(now);
  }

  /** Is there no room for the end of one more session? */
  get isFull(): boolean {
    return this.#unstored.size >= UNSTORED_MAX;
  }

  /** States the end of a session of this gateway. `again`: under another id, since the broker may know that of an end which is lost. */
  state(user: string, closing: Closing, again?: string): void {
    const { sessionId } = closing;
    this.#unstored.add(sessionId);
    this.#world.state(user, sessionId, closing, again).then(
      () => {
        this.#unstored.delete(sessionId);
        if (this.#unstored.size === 0) this.#outage.over();
        this.#remember(sessionId);
      },
      (error: unknown) => {
        const more = this.#outage.failed();
        if (more)
          this.#log.warn({ error, ...more }, "end of session not stored; it is stated again");
        setTimeout(() => this.state(user, closing, again), AGAIN_MS).unref();
      },
    );
  }

  /** Somebody routes to a session that is not here: its actor believes it open. Its end is stated, and again when that was in vain. */
  disown(user: string, sessionId: string): void {
    const now = this.#now();
    const at = this.#stated.get(sessionId) ?? Number.NEGATIVE_INFINITY;
    if (this.#unstored.has(sessionId) || now - at < UNDER_WAY_MS) return;
    if (this.isFull || !this.#strangers.admits(now)) return;
    const again = randomBytes(6).toString("base64url");
    this.state(user, { type: "SessionClosed", sessionId, reason: "left" }, again);
  }

  #remember(sessionId: string): void {
    this.#stated.delete(sessionId);
    this.#stated.set(sessionId, this.#now());
    if (this.#stated.size <= STATED_MAX) return;
    const [oldest = ""] = this.#stated.keys();
    this.#stated.delete(oldest);
  }
}
