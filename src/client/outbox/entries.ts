import { ChatError } from "../error.ts";
import { isOtherLogin, renamed, type OutboxEntry } from "./entry.ts";
import type { Held } from "./turns.ts";

/** Entries of one client; more are refused, so that a bot without a network does not grow. */
const ENTRIES_MAX = 1000;

/** An entry is new, differs or is gone. `instead`: it takes the place of this cid. */
export type Changed = (
  entry: OutboxEntry,
  how: "new" | "changed" | "gone",
  instead?: string,
) => void;

/** The entries of the outbox by their numbers, and whose they are. */
export class Entries {
  readonly #held = new Map<string, Held>();
  readonly #changed: Changed;
  readonly #forgotten: (entries: number) => void;
  #lost = 0;

  /** `forgotten`: so many were of somebody else, and will not be sent. */
  constructor(changed: Changed, forgotten: (entries: number) => void) {
    this.#changed = changed;
    this.#forgotten = forgotten;
  }

  get held(): Iterable<Held> {
    return this.#held.values();
  }
  get all(): readonly OutboxEntry[] {
    return [...this.#held.values()].map(({ entry }) => entry);
  }
  find(cid: string): Held | undefined {
    return this.#held.get(cid);
  }

  get isFull(): boolean {
    return this.#held.size >= ENTRIES_MAX;
  }

  /** @throws ChatError `limit.outbox` */
  add(entry: OutboxEntry, news: Omit<Held, "entry">, instead?: string): void {
    if (this.isFull) throw new ChatError("limit.outbox", { retryable: true });
    this.#held.set(entry.cid, { entry, ...news });
    this.#changed(entry, "new", instead);
  }

  /** An entry under the same cid looks different now. */
  put(entry: OutboxEntry): void {
    const held = this.#held.get(entry.cid);
    if (held === undefined) return;
    held.entry = entry;
    this.#changed(entry, "changed");
  }

  /** The same message goes under another number; where none is to be had, it fails. */
  renumber(held: Held, isUsed: (cid: string) => boolean): void {
    const next = renamed(held.entry, isUsed);
    if (next === undefined) return this.put({ ...held.entry, error: "cid.taken" });
    this.replace(held, next);
  }
  /** The same message goes as another entry. */
  replace(held: Held, next: OutboxEntry): void {
    this.drop(held.entry.cid);
    this.#held.set(next.cid, { ...held, entry: next, state: "waiting", taken: false });
    this.#changed(next, "changed", held.entry.cid);
  }

  /** Forgets an entry. */
  drop(cid: string): OutboxEntry | undefined {
    const entry = this.#held.get(cid)?.entry;
    if (entry && this.#held.delete(cid)) this.#changed(entry, "gone");
    return entry;
  }
  /** Takes a failed entry out. */
  remove(cid: string): OutboxEntry | undefined {
    return this.#held.get(cid)?.entry.error === undefined ? undefined : this.drop(cid);
  }

  /**
   * It is known now who the user is. An entry written here for somebody not yet known is this user's;
   * nothing of anybody else goes out. `head`: from where its event is to be looked for.
   */
  belongsTo(user: string, login: string, head: OutboxEntry["after"]): void {
    for (const { entry, adopted } of this.#held.values()) {
      const { author, after = adopted ? undefined : head } = entry;
      const mine = author ? author === user : !adopted || !isOtherLogin(entry.login, login);
      if (!mine) this.#forget(entry.cid);
      else if (!author) this.put({ ...entry, author: user, ...(after && { after }) });
    }
  }

  /** An entry written before the storage was read is of its log-in, and later than what it has. */
  enrol(login: string): void {
    const all = [...this.#held.values()];
    const highest = Math.max(0, ...all.map(({ entry, adopted }) => (adopted ? entry.rank : 0)));
    for (const { entry, adopted } of all)
      if (!adopted) this.put({ ...entry, login, rank: entry.rank + highest });
  }

  /** Another log-in: what nobody was known to have written was somebody else's. */
  forgetUnconfirmed(): void {
    for (const { author, cid } of this.all) if (!author) this.#forget(cid);
  }

  /** The log-in is over: nothing is told of any. */
  clear(): void {
    this.#held.clear();
  }

  #forget(cid: string): void {
    this.drop(cid);
    this.missed();
  }
  /** An entry of somebody else was not sent: told once a turn. */
  missed(): void {
    if (this.#lost++ > 0) return;
    queueMicrotask(() => {
      this.#forgotten(this.#lost);
      this.#lost = 0;
    });
  }
}
