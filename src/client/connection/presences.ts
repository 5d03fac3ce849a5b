import type { ErrorFrame } from "../../protocol/frames/error.ts";
import type { ClientFrame } from "../../protocol/frames/frame.ts";
import { USERS_MAX, type PresenceFrame } from "../../protocol/frames/presence.ts";
import type { UserPresence } from "../api.ts";
import { kept } from "../state/same.ts";
import { onceATurn } from "../state/turn.ts";

/** Before saying again what was refused for now, when the server does not say. */
const AGAIN_MS = 1_000;
/** Names the frames of watches: a refusal says so. No user is called so. */
const WATCHES = ":watches";

interface Ports {
  send(frame: ClientFrame): void;
  /** Users that one socket may watch; undefined while there is no session. */
  limits(): { watches: number } | undefined;
  changed(): void;
}

/**
 * Users whose presence is followed: by count of use, across reconnects. Wishes of one
 * turn are said as one. Beyond the server's limit the first ones are followed, until some are given up.
 */
export class Presences {
  readonly #ports: Ports;
  readonly #uses = new Map<string, number>();
  /** Users that this connection follows. */
  #followed: ReadonlySet<string> = new Set();
  /** Users that it follows no more, the last of them: unless the server has refused to hear of it. */
  #dropped: ReadonlySet<string> = new Set();
  readonly #known = new Map<string, UserPresence>();
  #open = false;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  of(user: string): UserPresence | undefined {
    return this.#known.get(user);
  }

  /** Returns what gives them up again. */
  watch(users: readonly string[]): () => void {
    const each = new Set(users);
    for (const user of each) this.#uses.set(user, (this.#uses.get(user) ?? 0) + 1);
    this.#settleSoon();
    return () => {
      for (const user of each) this.#giveUp(user);
      each.clear();
      this.#settleSoon();
    };
  }

  told({ user, online, lastSeen }: PresenceFrame): void {
    if (!this.#uses.has(user)) return;
    const presence = { online, ...(lastSeen !== undefined && { lastSeen }) };
    this.#known.set(user, kept(this.#known.get(user), presence));
    this.#ports.changed();
  }

  /** A new connection follows nobody. */
  start(): void {
    this.#open = true;
    this.#followed = this.#dropped = new Set();
    this.#settle();
  }
  stop(): void {
    this.#open = false;
    clearTimeout(this.#again);
    this.#again = undefined;
  }

  /** Were watches, or the end of some, refused for now? All that is wanted, and what is no more, is said again. */
  refused({ ref, retryable, retryAfterMs = AGAIN_MS }: ErrorFrame): boolean {
    if (ref !== WATCHES || !retryable) return false;
    this.#again ??= setTimeout(() => {
      this.#again = undefined;
      this.#followed = this.#dropped;
      this.#settle();
    }, retryAfterMs);
    return true;
  }

  #giveUp(user: string): void {
    const uses = (this.#uses.get(user) ?? 0) - 1;
    if (uses > 0) return void this.#uses.set(user, uses);
    this.#uses.delete(user);
    if (this.#known.delete(user)) this.#ports.changed();
  }

  readonly #settleSoon = onceATurn(() => this.#settle());

  #settle(): void {
    const limits = this.#ports.limits();
    if (!this.#open || limits === undefined) return;
    const wanted = new Set([...this.#uses.keys()].slice(0, limits.watches));
    const dropped = [...this.#followed].filter((user) => !wanted.has(user));
    const more = [...wanted].filter((user) => !this.#followed.has(user));
    this.#followed = wanted;
    // No server follows more for one socket than it allows.
    const gone = [...this.#dropped, ...dropped].filter((user) => !wanted.has(user));
    this.#dropped = new Set(gone.slice(-limits.watches));
    this.#say("unwatch", dropped);
    this.#say("watch", more);
  }

  #say(t: "watch" | "unwatch", users: readonly string[]): void {
    for (let from = 0; from < users.length; from += USERS_MAX)
      this.#ports.send({ t, users: users.slice(from, from + USERS_MAX), ref: WATCHES });
  }
}
