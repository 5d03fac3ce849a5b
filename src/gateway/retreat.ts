import type { Logger } from "pino";
import { contactAfter, inContact, type Contact, type Probe } from "./contact.ts";
import { sendAway } from "./drain.ts";
import { LoopClock } from "./loopclock.ts";
import type { World } from "./ports.ts";
import type { Addressee, Connected } from "./session/addressee.ts";

/** Clients are asked to move within this: no more come to another gateway at once than it can take. */
const SPREAD_MS = 2_000;
/** Clients that are told at a look that they may stay: soon, or they move when there is no need to. The loop is held for some ms. */
const STAYS_AT_ONCE = 1_000;
/** Sessions that are looked at for one of a stream that is not probed yet. */
const LOOKS_MAX = 256;

interface Parts {
  readonly world: Pick<World, "neighbourhood" | "state" | "streamOf">;
  readonly connections: ReadonlySet<Connected>;
  /** By session id. */
  readonly sessions: ReadonlyMap<string, Addressee>;
  /** ms, monotonic. */
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * The retreat of a gateway that has lost its log: it cannot tell whether everybody has, so it asks its clients to move, if another
 * gateway was there, and closes none of them. It takes that back when the log is there again (docs/adr/0043).
 */
export class Retreat {
  readonly #parts: Parts;
  readonly #clock: LoopClock;
  #contact: Contact;
  /** Is there, as far as was known when the log was lost, another gateway to go to? */
  #moves = false;
  #untold = new Set<Connected>();
  readonly #told = new Set<Connected>();
  /** ms that are left of the time in which they are asked to move. */
  #leftMs = 0;
  /** Streams in which a probe is under way. */
  readonly #probed = new Set<number>();
  #round: Iterator<Addressee>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#clock = new LoopClock(parts.now);
    this.#contact = inContact(parts.world.neighbourhood.storedAt);
    this.#round = parts.sessions.values();
  }

  /** Has nothing been stored for so long that the log counts as lost? */
  get isLost(): boolean {
    return this.#contact.isLost;
  }

  /** Are clients asked to go elsewhere? Then new ones are not let in. */
  get moves(): boolean {
    return this.isLost && this.#moves;
  }

  /** Looks whether something has been stored. Due several times a second. */
  tick(): void {
    const { storedAt } = this.#parts.world.neighbourhood;
    const ms = this.#clock.passed();
    const wasLost = this.isLost;
    const look = { storedAt, ms, hasSession: this.#hasSession };
    const [contact, probes] = contactAfter(this.#contact, look);
    this.#contact = contact;
    for (const probe of probes) this.#probe(probe);
    if (this.isLost !== wasLost) this.#turn();
    this.#tell(ms);
  }

  /** Nobody is told anything any more. */
  stop(): void {
    this.#untold.clear();
    this.#told.clear();
  }

  get #hasSession(): boolean {
    for (const { session } of this.#parts.sessions.values()) if (session.is === "live") return true;
    return false;
  }

  #turn(): void {
    const { world, connections, log } = this.#parts;
    if (!this.isLost) {
      this.#untold.clear();
      return log.info({ told: this.#told.size }, "log is back");
    }
    this.#moves = world.neighbourhood.hasOthers;
    this.#leftMs = SPREAD_MS;
    log.warn({ sockets: connections.size, moves: this.#moves }, "log is lost");
    if (!this.#moves) return;
    // Those that are not welcomed yet lose nothing, and would wait in vain.
    const all = [...connections];
    sendAway(
      all.filter(({ session }) => session.is !== "live"),
      "resync",
    );
    this.#untold = new Set(all.filter((each) => !this.#told.has(each)));
  }

  /** Tells the next ones of those who are to know. */
  #tell(ms: number): void {
    const [from, type] = this.isLost
      ? ([this.#untold, "leaving"] as const)
      : ([this.#told, "staying"] as const);
    const share = Math.ceil((from.size * ms) / Math.max(ms, this.#leftMs));
    let count = this.isLost ? share : STAYS_AT_ONCE;
    this.#leftMs -= ms;
    for (const connection of from) {
      if (count-- <= 0) return;
      from.delete(connection);
      if (connection.session.is !== "live") continue;
      connection.happen({ type });
      if (type === "leaving") this.#told.add(connection);
    }
  }

  #probe(probe: Probe): void {
    if (probe === "registry") this.#parts.world.neighbourhood.renew();
    else void this.#probeLog();
  }

  /** Stores an entry of a session, in another stream each time, as long as there is one. */
  async #probeLog(): Promise<void> {
    const { world, log } = this.#parts;
    const found = this.#next();
    if (found === undefined) return;
    const { k, user, sessionId } = found;
    this.#probed.add(k);
    try {
      await world.state(user, sessionId, { type: "HeadAsked", sessionId });
    } catch (error) {
      log.debug({ k, error }, "log does not answer");
    } finally {
      this.#probed.delete(k);
    }
  }

  #next(): { k: number; user: string; sessionId: string } | undefined {
    const { sessions, world } = this.#parts;
    for (let left = Math.min(LOOKS_MAX, sessions.size); left > 0; left--) {
      let { value, done = false } = this.#round.next();
      if (done) {
        this.#round = sessions.values();
        ({ value, done = false } = this.#round.next());
      }
      if (done) return undefined;
      const { session, key } = value as Addressee;
      if (session.is !== "live") continue;
      const k = world.streamOf(session.user);
      if (!this.#probed.has(k)) return { k, user: session.user, sessionId: key.sessionId };
    }
    return undefined;
  }
}
