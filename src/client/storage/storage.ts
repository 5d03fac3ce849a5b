import type { Sends } from "../../rules/sends.ts";
import type { LocalChat } from "../mailbox/localchat.ts";
import type { OutboxEntry } from "../outbox/entry.ts";
import type { Bookmark } from "./bookmark.ts";
import { Farewell } from "./farewell.ts";

/** How far this device has followed its user's mailbox. */
export interface Meta {
  readonly deviceId: string;
  /** Random, anew for each user: whose an outbox entry without an author is. Empty: not named yet. */
  readonly login: string;
  /** The log-in that was ended on purpose before this one: who still holds it has to forget it. */
  readonly ended?: string;
  readonly user?: string;
  readonly cursor?: Bookmark;
  readonly sends: Sends;
}

/** A send with a key that the mailbox has shown. */
export interface DoneKey {
  readonly key: string;
  readonly cid: string;
  /** When that was known, ms since 1970. */
  readonly at: number;
}

/** The changes of one save. */
export interface Changes {
  /** Forget everything first, other clients' outbox entries and keys included, in whatever life the storage is. */
  forget?: boolean;
  /** Forget the meta and all chats first. */
  reset?: boolean;
  meta?: Meta;
  chats?: LocalChat[];
  /** Outbox entries, new or changed. */
  posted?: OutboxEntry[];
  /** Cids of outbox entries that are done. */
  gone?: string[];
  /** Forget all keys of sends that are done, first. */
  voidKeys?: boolean;
  /** Keys of sends that are done; a key may be there already. */
  done?: DoneKey[];
  /** Keys to be forgotten. */
  undone?: string[];
}

/** Where the state of one user's device survives. */
export interface ClientStorage {
  /** Loads the device's place in its mailbox and the chats; called before all else. */
  load(): Promise<{ meta?: Meta; chats: LocalChat[] }>;
  /** The outbox entries of all clients that share this storage. */
  outbox(): Promise<OutboxEntry[]>;
  /** Keys of sends that are done, of all clients that share this storage: all, or that one if it is there. */
  done(key?: string): Promise<DoneKey[]>;
  /**
   * All or nothing; at the least, the cursor is never ahead of the chats, nor is an outbox entry gone
   * before its message is there. Rejects when it could not be kept: the client says so and tries again.
   * @throws StorageLostError when the storage was cleared: the client then saves all it has, its outbox
   * included.
   */
  save(changes: Changes): Promise<void>;
  /**
   * Takes the right to `name` among all clients that share this storage. Undefined when another one
   * has it; else what gives it back, once: called again, it ends nobody else's claim. It is free again
   * when its holder's tab or process has ended.
   */
  claim(name: string): Promise<(() => void) | undefined>;
  /**
   * Hears that a client has saved a `forget`, with `meta.ended`; returns the end of the hearing. Without it other
   * clients learn of it when they come to save.
   */
  onForgotten?(hear: (ended: string) => void): () => void;
}

/** Claims within one process. */
export function localClaims(): ClientStorage["claim"] {
  const taken = new Map<string, () => void>();
  return async (name) => {
    if (taken.has(name)) return undefined;
    // A release that is called again ends nobody else's claim.
    const release = (): void => {
      if (taken.get(name) === release) taken.delete(name);
    };
    taken.set(name, release);
    return release;
  };
}

/** Keeps everything as long as it is kept itself. */
export function memoryStorage(): ClientStorage {
  let meta: Meta | undefined;
  const chats = new Map<string, LocalChat>();
  const outbox = new Map<string, OutboxEntry>();
  const keys = new Map<string, DoneKey>();
  const farewell = new Farewell();
  return {
    load: async () => ({ ...(meta && { meta }), chats: [...chats.values()] }),
    outbox: async () => [...outbox.values()],
    done: async (key) => doneIn(keys, key),
    save: async (changes) => {
      const clear = changes.reset || changes.forget;
      if (clear) chats.clear();
      for (const chat of changes.chats ?? []) chats.set(chat.peer, chat);
      meta = changes.meta ?? (clear ? undefined : meta);
      post(outbox, changes);
      keep(keys, changes);
      farewell.saved(changes);
    },
    claim: localClaims(),
    onForgotten: (hear) => farewell.hear(hear),
  };
}

/** Outbox entries in memory after a save. Returns whether anything has changed. */
export function post(
  outbox: Map<string, OutboxEntry>,
  { posted = [], gone = [], forget = false }: Changes,
): boolean {
  if (forget) outbox.clear();
  for (const entry of posted) outbox.set(entry.cid, entry);
  for (const cid of gone) outbox.delete(cid);
  return forget || posted.length + gone.length > 0;
}

/** Keys in memory, as a storage answers for them. */
export function doneIn(keys: ReadonlyMap<string, DoneKey>, key?: string): DoneKey[] {
  if (key === undefined) return [...keys.values()];
  const done = keys.get(key);
  return done === undefined ? [] : [done];
}

/** Keys in memory after a save. */
export function keep(
  keys: Map<string, DoneKey>,
  { forget, voidKeys, done = [], undone = [] }: Changes,
): void {
  if (forget || voidKeys) keys.clear();
  for (const each of done) keys.set(each.key, each);
  for (const key of undone) keys.delete(key);
}
