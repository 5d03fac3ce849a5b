import type { Rejection } from "../../protocol/codes.ts";
import { draw, type Bucket, type GatewayLimits } from "./limits.ts";

/** One activity of a user within this is enough to know that they are there. */
const ACTIVE_EVERY_MS = 2_000;
/** Users remembered without a socket, so that reconnecting fast is noticed. */
const GONE_MAX = 10_000;

interface Person {
  sockets: number;
  hellos: Bucket;
  sends: Bucket;
  activeAt: number;
}

/** What is counted per user, over all their sockets at this gateway. */
export class People {
  readonly #limits: GatewayLimits;
  readonly #people = new Map<string, Person>();
  readonly #gone = new Set<string>();

  constructor(limits: GatewayLimits) {
    this.#limits = limits;
  }

  /** Counts a socket in, or says why not. */
  enter(user: string, now: number): Rejection | undefined {
    const person = this.#people.get(user) ?? {
      sockets: 0,
      hellos: 0,
      sends: 0,
      activeAt: 0,
    };
    this.#people.set(user, person);
    this.#gone.delete(user);
    const { bucket, retryAfterMs } = draw(
      person.hellos,
      now,
      this.#limits.hellosPerSecond,
      this.#limits.hellosBurst,
    );
    person.hellos = bucket;
    const refused = retryAfterMs > 0 || person.sockets >= this.#limits.socketsPerUser;
    if (!refused) person.sockets++;
    else if (person.sockets === 0) this.#leaveLast(user);
    if (retryAfterMs > 0) return { code: "rate_limited", retryAfterMs };
    return refused ? { code: "limit.sockets" } : undefined;
  }

  leave(user: string): void {
    const person = this.#people.get(user);
    if (person !== undefined && --person.sockets === 0) this.#leaveLast(user);
  }

  /** Takes one send; ms to wait when there are too many. */
  send(user: string, now: number): number {
    const person = this.#people.get(user);
    if (person === undefined) return 0;
    const { bucket, retryAfterMs } = draw(
      person.sends,
      now,
      this.#limits.sendsPerSecond,
      this.#limits.sendsBurst,
    );
    person.sends = bucket;
    return retryAfterMs;
  }

  /** Should this activity be published, or was there one just now? */
  isNews(user: string, now: number): boolean {
    const person = this.#people.get(user);
    if (person === undefined || Math.abs(now - person.activeAt) < ACTIVE_EVERY_MS) return false;
    person.activeAt = now;
    return true;
  }

  #leaveLast(user: string): void {
    this.#gone.add(user);
    for (const oldest of this.#gone) {
      if (this.#gone.size <= GONE_MAX) return;
      this.#gone.delete(oldest);
      this.#people.delete(oldest);
    }
  }
}
