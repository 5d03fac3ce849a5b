import type { Logger } from "pino";
import type { World } from "./ports.ts";

/** A session that watches somebody. */
export interface Watcher {
  tell(frame: string): void;
}

/** Before those whose last activity could not be read are read again. */
const RETRY_MS = 1_000;
/** Users read at once. */
const READS_MAX = 16;

interface Watched {
  readonly watchers: Set<Watcher>;
  readonly off: () => void;
  /** When last active, ms since 1970 by the broker's clock; undefined: never seen. */
  at: number | undefined;
  online: boolean;
  known: boolean;
  /** When an online user counts as gone. */
  timer: NodeJS.Timeout | undefined;
}

/**
 * Online and last seen of the users that this gateway's sessions watch: served from each user's own
 * activity subject, one subscription per user, however many watch.
 */
export class Presence {
  readonly #world: World;
  readonly #onlineMs: number;
  readonly #now: () => number;
  readonly #log: Logger;
  readonly #watched = new Map<string, Watched>();
  /** Whose last activity could not be read. */
  readonly #unread = new Set<string>();

  constructor(world: World, onlineMs: number, now: () => number, log: Logger) {
    this.#world = world;
    this.#onlineMs = onlineMs;
    this.#now = now;
    this.#log = log;
  }

  watch(user: string, watcher: Watcher): void {
    const watched = this.#watched.get(user) ?? this.#begin(user);
    watched.watchers.add(watcher);
    if (watched.known) watcher.tell(frame(user, watched));
  }

  unwatch(user: string, watcher: Watcher): void {
    const watched = this.#watched.get(user);
    if (watched?.watchers.delete(watcher) !== true || watched.watchers.size > 0) return;
    clearTimeout(watched.timer);
    watched.off();
    this.#watched.delete(user);
  }

  #begin(user: string): Watched {
    const watched: Watched = {
      watchers: new Set(),
      off: this.#world.onActive(user, (at) => this.#seen(user, watched, at)),
      at: undefined,
      online: false,
      known: false,
      timer: undefined,
    };
    this.#watched.set(user, watched);
    void this.#read(user, watched);
    return watched;
  }

  /** The broker was away: what was missed meanwhile is read. */
  refresh(): Promise<void> {
    return this.#readAll(this.#watched.keys());
  }

  /** Reads when each was last active, a few at a time. */
  async #readAll(users: IterableIterator<string>): Promise<void> {
    const reads = Array.from({ length: READS_MAX }, async () => {
      for (const user of users) {
        const watched = this.#watched.get(user);
        if (watched !== undefined) await this.#read(user, watched);
      }
    });
    await Promise.all(reads);
  }

  async #read(user: string, watched: Watched): Promise<void> {
    try {
      this.#seen(user, watched, await this.#world.lastActive(user));
    } catch (error) {
      this.#log.debug({ error }, "last activity not read; tried again");
      if (watched.watchers.size === 0) return;
      if (this.#unread.size === 0) setTimeout(() => this.#readAgain(), RETRY_MS);
      this.#unread.add(user);
    }
  }

  #readAgain(): void {
    const again = [...this.#unread].values();
    this.#unread.clear();
    void this.#readAll(again);
  }

  /** Last seen only rises: what comes late changes nothing. */
  #seen(user: string, watched: Watched, at: number | undefined): void {
    if (watched.watchers.size === 0) return;
    const rises = at !== undefined && at > (watched.at ?? 0);
    if (rises) watched.at = at;
    this.#judge(user, watched, rises);
  }

  /** `news`: the user has been here again, if only for a moment that is over. */
  #judge(user: string, watched: Watched, news = false): void {
    const left = watched.at === undefined ? 0 : watched.at + this.#onlineMs - this.#now();
    const online = left > 0;
    clearTimeout(watched.timer);
    if (online) watched.timer = setTimeout(() => this.#judge(user, watched), left + 1);
    if (watched.known && online === watched.online && (online || !news)) return;
    watched.online = online;
    watched.known = true;
    const text = frame(user, watched);
    for (const watcher of watched.watchers) watcher.tell(text);
  }
}

const frame = (user: string, { online, at }: Watched): string =>
  JSON.stringify({ t: "presence", user, online, ...(at !== undefined && { lastSeen: at }) });
