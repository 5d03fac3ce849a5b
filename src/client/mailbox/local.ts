import { peerOf } from "../../rules/conversation.ts";
import { parseCid, type Sends } from "../../rules/sends.ts";
import { fold, mailOf, newChat, trimmed, type EventFrame, type LocalChat } from "./chat.ts";
import type { OutboxEntry } from "../outbox/outbox.ts";
import type { ClientStorage, Meta } from "../storage/storage.ts";

interface Ports {
  storage: ClientStorage;
  /** This client's own, in the cids of its sends. */
  instance: string;
  deviceId: string | undefined;
  /** These chats are stored now. */
  saved(peers: readonly string[]): void;
  failed(error: unknown): void;
}

/** The claim of the one client that writes the chats and the cursor. */
const MAILBOX = "mailbox";

/**
 * What this device knows, written down as it changes. Changes gather while a save runs, so that a
 * thousand events cost a few saves. Of several tabs with one storage, one writes the chats and the
 * cursor; another takes over, with all that it knows, when that one is gone.
 */
export class Local {
  readonly #ports: Ports;
  readonly #chats = new Map<string, LocalChat>();
  readonly #claims = new Map<string, () => void>();
  #meta: Meta;
  /** What is not written yet. `all`: what is stored is to be replaced. */
  #dirty = { meta: false, all: false, peers: new Set<string>() };
  /** Outbox entries to write, or, undefined, to forget. */
  readonly #posts = new Map<string, OutboxEntry | undefined>();
  #saving: Promise<void> | undefined;
  /** Nothing is written over what has not been read. */
  #loaded = false;
  #closed = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#meta = { deviceId: ports.deviceId ?? ports.instance, sends: [] };
  }

  get chats(): ReadonlyMap<string, LocalChat> {
    return this.#chats;
  }
  get meta(): Meta {
    return this.#meta;
  }
  get seq(): number {
    return this.#meta.cursor?.seq ?? 0;
  }

  async load(): Promise<void> {
    const { storage, instance, deviceId } = this.#ports;
    await this.#claim(outboxOf(instance));
    await this.#claim(MAILBOX);
    const { meta, chats } = await storage.load();
    this.#meta = { ...this.#meta, ...meta, ...(deviceId && { deviceId }) };
    for (const chat of chats) this.#chats.set(chat.peer, chat);
    this.#loaded = true;
    this.#touch({});
  }

  /** The stored outbox entries that no living client looks after: they are this one's from now on. */
  async orphans(): Promise<OutboxEntry[]> {
    const known = new Set(this.#claims.keys());
    const orphans: OutboxEntry[] = [];
    for (const entry of await this.#ports.storage.outbox()) {
      const name = outboxOf(parseCid(entry.cid).instance);
      if (!known.has(name) && (await this.#claim(name))) orphans.push(entry);
    }
    return inOrder(orphans);
  }

  /** Whose mailbox this is from now on; of somebody else's nothing is kept. */
  belongsTo(user: string | undefined): void {
    if (user === this.#meta.user) return;
    this.#chats.clear();
    this.#meta = { deviceId: this.#meta.deviceId, ...(user && { user }), sends: [] };
    this.#touch({ all: true });
  }

  /** Folds an event in and moves the cursor; returns the chat it changed, before and after. */
  apply(frame: EventFrame, epoch: string): { before: LocalChat; after: LocalChat } | undefined {
    const mail = mailOf(frame);
    const peer = peerOf(mail);
    const before = peer === undefined ? undefined : (this.#chats.get(peer) ?? newChat(peer));
    const folded = before && fold(before, this.#meta.sends, mail);
    this.move(frame.seq, epoch, folded?.sends);
    if (before === undefined || folded === undefined || folded.chat === before) return undefined;
    this.put(folded.chat);
    return { before, after: folded.chat };
  }

  move(seq: number, epoch: string, sends: Sends = this.#meta.sends): void {
    this.#meta = { ...this.#meta, cursor: { epoch, seq }, sends };
    this.#touch({ meta: true });
  }

  /** What the views say takes the place of all that was known. */
  replace(chats: readonly LocalChat[], seq: number, epoch: string, sends: Sends): void {
    this.#chats.clear();
    for (const chat of chats) this.#chats.set(chat.peer, chat);
    this.#touch({ all: true });
    this.move(seq, epoch, sends);
  }

  put(chat: LocalChat): void {
    this.#chats.set(chat.peer, chat);
    this.#dirty.peers.add(chat.peer);
    this.#touch({ meta: true });
  }

  post(entry: OutboxEntry, gone: boolean): void {
    this.#posts.set(entry.cid, gone ? undefined : entry);
    this.#touch({});
  }

  /** Waits for what is being saved, and lets other clients have what this one had. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#saving;
    for (const release of this.#claims.values()) release();
    this.#claims.clear();
  }

  #touch(dirty: { meta?: boolean; all?: boolean }): void {
    Object.assign(this.#dirty, dirty);
    if (this.#loaded) this.#saving ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // One turn, so that what comes together is saved together.
    await Promise.resolve();
    while (this.#dirty.meta || this.#dirty.all || this.#posts.size > 0) {
      try {
        await this.#save();
      } catch (error) {
        this.#dirty.all = true;
        this.#ports.failed(error);
        break;
      }
    }
    this.#saving = undefined;
  }

  async #save(): Promise<void> {
    const wrote = this.#claims.has(MAILBOX);
    const writes = await this.#claim(MAILBOX);
    const { all, peers } = this.#dirty;
    const reset = all || (writes && !wrote);
    const changed = [...(reset ? this.#chats.keys() : peers)];
    const chats = changed.flatMap((peer) => this.#chats.get(peer) ?? []);
    const posts = [...this.#posts];
    this.#dirty = { meta: false, all: false, peers: new Set() };
    await this.#ports.storage.save({
      posted: posts.flatMap(([, entry]) => entry ?? []),
      gone: posts.flatMap(([cid, entry]) => (entry ? [] : cid)),
      ...(writes && { reset, meta: this.#meta, chats: chats.map((chat) => trimmed(chat)) }),
    });
    for (const [cid, entry] of posts) if (this.#posts.get(cid) === entry) this.#posts.delete(cid);
    this.#ports.saved(changed);
  }

  async #claim(name: string): Promise<boolean> {
    if (this.#claims.has(name)) return true;
    const release = await this.#ports.storage.claim(name);
    if (this.#closed) release?.();
    else if (release) this.#claims.set(name, release);
    return this.#claims.has(name);
  }
}

/** The claim of the one client that looks after what an instance has not seen stored. */
const outboxOf = (instance: string): string => `outbox:${instance}`;

/** The instance that began first comes first; within one, `n` has to rise. */
function inOrder(entries: readonly OutboxEntry[]): OutboxEntry[] {
  const began = new Map<string, number>();
  for (const { cid, at } of entries) {
    const { instance } = parseCid(cid);
    began.set(instance, Math.min(at, began.get(instance) ?? at));
  }
  const start = ({ cid }: OutboxEntry): number => began.get(parseCid(cid).instance) ?? 0;
  return entries.toSorted((a, b) => start(a) - start(b) || parseCid(a.cid).n - parseCid(b.cid).n);
}
