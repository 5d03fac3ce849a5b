import type { OutboxEntry } from "../outbox/entry.ts";
import type { DoneKey, Meta } from "../storage/storage.ts";
import { trimmed } from "./chat.ts";
import { MAILBOX, type Disk } from "./disk.ts";
import type { LocalChat } from "./localchat.ts";

/** After so many failures in a row this client goes on from memory. */
const FAILURES_MAX = 2;
/** Between two tries of a storage that fails. */
const AGAIN_MS = 1_000;
const AGAIN_MAX_MS = 30_000;

interface Ports {
  disk: Disk;
  chats: ReadonlyMap<string, LocalChat>;
  /** The meta to be written; `first`: this client has not been the one that writes the mailbox. */
  meta(first: boolean): Promise<Meta>;
  /** The storage has lost what this client had in it. */
  lost(): Promise<void>;
  /** Chats are stored now, or kept in memory for want of a storage. */
  saved(peers: readonly string[]): void;
}

/** Writes down what changes, as it changes. Changes gather while a save runs, so that a thousand events cost a few saves. */
export class Saving {
  readonly #ports: Ports;
  /** Changes that are not written yet. `all`: what is stored is to be replaced. */
  #dirty = { meta: false, all: false, peers: new Set<string>() };
  /** Outbox entries to write, or, undefined, to forget. */
  readonly #posts = new Map<string, OutboxEntry | undefined>();
  /** Keys to write, or, undefined, to forget. */
  readonly #keys = new Map<string, DoneKey | undefined>();
  #voidKeys = false;
  #saving: Promise<void> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** Nothing is written over what has not been read. */
  #ready = false;
  #closed = false;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** The storage has been read. */
  ready(): void {
    this.#ready = true;
  }
  get isReady(): boolean {
    return this.#ready;
  }

  touch(dirty: { meta?: boolean; all?: boolean }): void {
    Object.assign(this.#dirty, dirty);
    if (this.#ready && this.#failures < FAILURES_MAX) this.#saving ??= this.#drain();
  }

  /** This chat has changed. */
  put(peer: string): void {
    this.#dirty.peers.add(peer);
    this.touch({ meta: true });
    this.tell([peer]);
  }

  /** Without a storage to wait for, what is kept in memory is as good as stored. */
  tell(peers: readonly string[]): void {
    if (!this.#ready || this.#failures >= FAILURES_MAX)
      queueMicrotask(() => this.#ports.saved(peers));
  }

  post({ cid }: OutboxEntry, entry: OutboxEntry | undefined): void {
    this.#posts.set(cid, entry);
    this.touch({});
  }
  /** A key of a send that is done is known, or, undefined, forgotten. */
  keep(key: string, done: DoneKey | undefined): void {
    this.#keys.set(key, done);
    this.touch({});
  }
  /** All keys are forgotten. */
  voidKeys(): void {
    this.#keys.clear();
    this.#voidKeys = true;
    this.touch({});
  }
  /** Resolves when all is written, or cannot be. */
  async settled(): Promise<void> {
    await this.#saving;
  }
  /** Entries that are done, and not yet so in the storage. */
  get gone(): string[] {
    return [...this.#posts].flatMap(([cid, entry]) => (entry === undefined ? [cid] : []));
  }
  /** Is there something about this entry that is not written down yet? */
  isPending(cid: string): boolean {
    return this.#posts.has(cid);
  }

  /** Nothing of what is known is to be written, a save under way included: until the storage is read again. */
  drop(): void {
    clearTimeout(this.#again);
    this.#ready = this.#voidKeys = false;
    this.#failures = 0;
    this.#dirty = { meta: false, all: false, peers: new Set() };
    this.#posts.clear();
    this.#keys.clear();
  }

  open(): void {
    this.#closed = false;
  }
  /** Waits for what is being saved. Returns whether nobody has gone on meanwhile. */
  async close(): Promise<boolean> {
    this.#closed = true;
    clearTimeout(this.#again);
    await this.#saving;
    return this.#closed;
  }

  async #drain(): Promise<void> {
    // One turn, so that what comes together is saved together.
    await Promise.resolve();
    while (this.#isDirty) if (!(await this.#save())) break;
    this.#saving = undefined;
  }

  get #isDirty(): boolean {
    const { meta, all } = this.#dirty;
    return meta || all || this.#posts.size + this.#keys.size > 0 || this.#voidKeys;
  }

  /** Returns whether the next save may follow at once. */
  async #save(): Promise<boolean> {
    const { disk, chats: kept } = this.#ports;
    const first = !disk.holds(MAILBOX);
    const writes = await disk.claim(MAILBOX);
    const meta = writes && this.#ready ? await this.#ports.meta(first) : undefined;
    const { all: reset, peers } = this.#dirty;
    const changed = [...(reset ? kept.keys() : peers)];
    const chats = changed.flatMap((peer) => kept.get(peer) ?? []);
    const [posts, keys, voidKeys] = [[...this.#posts], [...this.#keys], this.#voidKeys];
    this.#voidKeys = false;
    this.#dirty = { meta: false, all: false, peers: new Set() };
    const result = await disk.save({
      posted: posts.flatMap(([, entry]) => entry ?? []),
      gone: posts.flatMap(([cid, entry]) => (entry ? [] : cid)),
      done: keys.flatMap(([, done]) => done ?? []),
      undone: keys.flatMap(([key, done]) => (done ? [] : key)),
      voidKeys,
      ...(meta && { reset, meta, chats: chats.map((chat) => trimmed(chat)) }),
    });
    if (!this.#ready) return false;
    if (result !== "kept") {
      this.#voidKeys ||= voidKeys;
      return this.#notKept(result, changed);
    }
    this.#failures = 0;
    settle(this.#posts, posts);
    settle(this.#keys, keys);
    this.#ports.saved(changed);
    return true;
  }

  async #notKept(why: "lost" | "failed", changed: readonly string[]): Promise<boolean> {
    this.#dirty.all = true;
    this.#failures++;
    if (why === "lost") await this.#ports.lost();
    if (this.#failures < FAILURES_MAX && why === "lost") return true;
    if (this.#failures >= FAILURES_MAX) this.#ports.saved(changed);
    if (this.#closed) return false;
    const ms = Math.min(AGAIN_MAX_MS, AGAIN_MS * 2 ** (this.#failures - 1));
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void (this.#saving ??= this.#drain()), ms);
    return false;
  }
}

/** Takes out what was written, unless it has changed meanwhile. */
function settle<T>(waiting: Map<string, T>, written: readonly (readonly [string, T])[]): void {
  for (const [name, value] of written) if (waiting.get(name) === value) waiting.delete(name);
}
