import type { Logger } from "pino";
import type { Activities } from "./ports.ts";
import { LookUps } from "./lookups.ts";

/** Receives the presence of those it watches. */
export interface Watcher {
  signal(frame: string): void;
}

/** The wait before users whose last activity could not be read are read again. */
const RETRY_MS = 1_000;
/**
 * A subscription that nobody needs is kept for so long: who turns the pages of a list watches the
 * same people again in a moment.
 */
const LINGER_MS = 10_000;
/** Subscriptions that nobody needs; the oldest end first. */
const IDLE_MAX = 5_000;

/** A timer's range: a setting may be as long. */
const TIMER_MS_MAX = 2 ** 31 - 1;

interface Watched {
  readonly watchers: Set<Watcher>;
  readonly off: () => void;
  /** The last activity, ms since 1970 by the broker's clock; undefined: never seen. */
  at: number | undefined;
  /** The same by this gateway's monotonic clock. */
  activeAt: number;
  online: boolean;
  known: boolean;
  /** The moment at which an online user counts as gone. */
  timer: NodeJS.Timeout | undefined;
  /** The moment since which nobody watches, ms; undefined: somebody does. */
  idleSince: number | undefined;
}

/**
 * Presence: online and last seen of the users that this gateway's sessions watch, served from each
 * user's own activity subject, one subscription per user, however many watch.
 */
export class Presence {
  readonly #world: Activities;
  readonly #onlineMs: number;
  /** ms, monotonic. */
  readonly #now: () => number;
  readonly #watched = new Map<string, Watched>();
  /** Subscriptions that nobody needs, the oldest first. */
  readonly #idle = new Map<string, Watched>();
  readonly #lookUps: LookUps;
  #retry: NodeJS.Timeout | undefined;

  constructor(world: Activities, onlineMs: number, now: () => number, log: Logger) {
    this.#world = world;
    this.#onlineMs = onlineMs;
    this.#now = now;
    this.#lookUps = new LookUps((user) => this.#read(user, log));
  }

  watch(user: string, watcher: Watcher): void {
    const watched = this.#watched.get(user) ?? this.#begin(user);
    watched.watchers.add(watcher);
    watched.idleSince = undefined;
    this.#idle.delete(user);
    if (watched.known) watcher.signal(frame(user, watched));
    else this.#lookUps.put(user);
  }

  unwatch(user: string, watcher: Watcher): void {
    const watched = this.#watched.get(user);
    if (watched?.watchers.delete(watcher) !== true || watched.watchers.size > 0) return;
    this.#lookUps.drop(user);
    if (!watched.known) return this.#end(user, watched);
    watched.idleSince = this.#now();
    this.#idle.set(user, watched);
    this.#tidy(IDLE_MAX);
  }

  /** Ends subscriptions that nobody has needed for a while. Called every second or so. */
  tidy(): void {
    const due = this.#now() - LINGER_MS;
    for (const [user, watched] of this.#idle) {
      if ((watched.idleSince ?? Infinity) > due) return;
      this.#end(user, watched);
    }
  }

  /** The broker was away: what was missed meanwhile is read. */
  refresh(): void {
    this.#tidy(0);
    for (const user of this.#watched.keys()) this.#lookUps.put(user);
  }

  /** Ends everything. */
  stop(): void {
    clearTimeout(this.#retry);
    this.#lookUps.stop();
    for (const [user, watched] of this.#watched) this.#end(user, watched);
  }

  /** Subscriptions that are open, and look-ups that wait or are under way. */
  get size(): { subscriptions: number; lookUps: number } {
    return { subscriptions: this.#watched.size, lookUps: this.#lookUps.size };
  }

  #begin(user: string): Watched {
    const watched: Watched = {
      watchers: new Set(),
      // The activity has just happened, whatever any clock says.
      off: this.#world.onActive(user, (at) => this.#seen(user, watched, { at, ageMs: 0 })),
      at: undefined,
      activeAt: -Infinity,
      online: false,
      known: false,
      timer: undefined,
      idleSince: undefined,
    };
    this.#watched.set(user, watched);
    return watched;
  }

  #end(user: string, watched: Watched): void {
    clearTimeout(watched.timer);
    watched.off();
    this.#watched.delete(user);
    this.#idle.delete(user);
  }

  #tidy(most: number): void {
    for (const [user, watched] of this.#idle) {
      if (this.#idle.size <= most) return;
      this.#end(user, watched);
    }
  }

  async #read(user: string, log: Logger): Promise<void> {
    const watched = this.#watched.get(user);
    if (watched === undefined) return;
    try {
      this.#seen(user, watched, await this.#world.lastActive(user));
    } catch (error) {
      log.debug({ error }, "last activity not read; tried again");
      if (watched.watchers.size > 0) this.#lookUps.later(user);
      this.#retry ??= setTimeout(() => {
        this.#retry = undefined;
        this.#lookUps.again();
      }, RETRY_MS);
    }
  }

  /** Last seen only rises: what comes late changes nothing. */
  #seen(
    user: string,
    watched: Watched,
    seen: { readonly at: number; readonly ageMs: number } | undefined,
  ): void {
    if (this.#watched.get(user) !== watched) return;
    const rises = seen !== undefined && seen.at > (watched.at ?? 0);
    if (rises) watched.at = seen.at;
    if (seen !== undefined) watched.activeAt = Math.max(watched.activeAt, this.#now() - seen.ageMs);
    this.#judge(user, watched, rises);
  }

  /** `news`: the user has been here again, if only for a moment that is over. */
  #judge(user: string, watched: Watched, news = false): void {
    const left = watched.activeAt + this.#onlineMs - this.#now();
    const online = left > 0;
    clearTimeout(watched.timer);
    if (online)
      watched.timer = setTimeout(
        () => this.#judge(user, watched),
        Math.min(left + 1, TIMER_MS_MAX),
      );
    if (watched.known && online === watched.online && (online || !news)) return;
    watched.online = online;
    watched.known = true;
    const text = frame(user, watched);
    for (const watcher of watched.watchers) watcher.signal(text);
  }
}

const frame = (user: string, { online, at }: Watched): string =>
  JSON.stringify({ t: "presence", user, online, ...(at !== undefined && { lastSeen: at }) });
