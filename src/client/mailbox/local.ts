import { isSend, peerOf } from "../../rules/conversation.ts";
import type { Sends } from "../../rules/sends.ts";
import { isOtherLogin, UNNAMED, type OutboxEntry } from "../outbox/entry.ts";
import { randomName } from "../randomname.ts";
import type { ClientStorage, Meta } from "../storage/storage.ts";
import type { Footing } from "../../protocol/frames/hello.ts";
import type { EventFrame } from "../../protocol/frames/mailbox.ts";
import { foldLocal, footingOf, mailOf, newChat, trimmed } from "./chat.ts";
import type { Loaded, LocalChat } from "./localchat.ts";
import { Disk, MAILBOX } from "./disk.ts";
import { Orphans } from "./orphans.ts";

interface Ports {
  storage: ClientStorage;
  deviceId: string | undefined;
  /** Chats are stored now, or kept in memory for want of a storage. */
  saved(peers: readonly string[]): void;
  /** The storage was cleared, and somebody else has logged in on it meanwhile. */
  otherLogin(): void;
  /** The outbox of this client, for a storage that has lost it. */
  entries(): readonly OutboxEntry[];
  failed(error: unknown): void;
}

/** After so many failures in a row this client goes on from memory. */
const FAILURES_MAX = 2;
/** Between two tries of a storage that fails. */
const AGAIN_MS = 1_000;
const AGAIN_MAX_MS = 30_000;

/**
 * Everything that this device knows, written down as it changes. Changes gather while a save runs, so that a
 * thousand events cost a few saves. Of several tabs with one storage, one writes the chats and the
 * cursor; another takes over, with all that it knows, when that one is gone.
 */
export class Local {
  readonly #ports: Ports;
  readonly #disk: Disk;
  readonly #chats = new Map<string, LocalChat>();
  readonly chats: ReadonlyMap<string, LocalChat> = this.#chats;
  readonly orphans: Orphans;
  #meta: Meta;
  #repeatsSeq = 0;
  /** Changes that are not written yet. `all`: what is stored is to be replaced. */
  #dirty = { meta: false, all: false, peers: new Set<string>() };
  /** Outbox entries to write, or, undefined, to forget. */
  readonly #posts = new Map<string, OutboxEntry | undefined>();
  #saving: Promise<void> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** Nothing is written over what has not been read. */
  #loaded = false;
  #closed = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#disk = new Disk(ports.storage, (error) => ports.failed(error));
    this.orphans = new Orphans(this.#disk);
    this.#meta = { deviceId: ports.deviceId ?? randomName(), login: UNNAMED, sends: [] };
  }

  get meta(): Meta {
    return this.#meta;
  }
  get seq(): number {
    return this.#meta.cursor?.seq ?? 0;
  }
  /** The seq for which the list of repeats is true: behind a resync that of the views' answer, ahead of the cursor. */
  get repeatsSeq(): number {
    return Math.max(this.seq, this.#repeatsSeq);
  }

  /** Reads what is stored, if that can be had. Returns whether it could. */
  async load(): Promise<boolean> {
    await this.#disk.claim(MAILBOX);
    const stored = await this.#disk.load();
    if (stored === undefined) return false;
    this.#meta = this.#own({ ...this.#meta, ...stored.meta });
    for (const chat of stored.chats) this.#chats.set(chat.peer, chat);
    this.#loaded = true;
    this.#touch({ meta: this.#disk.holds(MAILBOX) });
    return true;
  }

  /**
   * Meets a storage that could not be read before, has lost what it had (`lost`), or was another client's to
   * write: all is written anew.
   */
  async meetAgain(lost = false): Promise<void> {
    const stored = await this.#disk.load();
    if (stored === undefined) return;
    const { login = this.#meta.login, deviceId = this.#meta.deviceId } = stored.meta ?? {};
    const other = this.#loaded && isOtherLogin(login, this.#meta.login);
    this.#loaded = true;
    if (other) this.#ports.otherLogin();
    this.#meta = this.#own({ ...this.#meta, login, deviceId });
    this.#postAgain(lost);
    this.#touch({ all: true });
  }

  /** Of what another client looks after, that one knows better, unless it was `lost` before that one read it. */
  #postAgain(lost: boolean): void {
    for (const entry of this.#ports.entries())
      if (lost || this.orphans.isMine(entry.writer)) this.#posts.set(entry.cid, entry);
  }

  /** Work that was left undone since the last look at the storage. */
  async look(): Promise<void> {
    if (!this.#loaded) await this.meetAgain();
  }

  /** Says whose mailbox this is from now on; of somebody else's nothing is kept. */
  belongsTo(user: string | undefined): void {
    if (user === this.#meta.user) return;
    const { user: before, deviceId, login } = this.#meta;
    this.#chats.clear();
    this.#repeatsSeq = 0;
    const name = before === undefined ? login : randomName();
    this.#meta = { deviceId, login: name, ...(user && { user }), sends: [] };
    this.#touch({ all: true });
  }

  /** Folds an event in and moves the cursor. `change`: the chat before and after. */
  apply(
    frame: EventFrame,
    epoch: string,
  ): { repeat: boolean; change?: { before: LocalChat; after: LocalChat } } {
    const mail = mailOf(frame);
    const peer = peerOf(mail);
    const before = peer === undefined ? undefined : (this.#chats.get(peer) ?? newChat(peer));
    const folded = before && foldLocal(before, this.#meta.sends, mail);
    this.move(frame.seq, epoch, { ...(folded && { sends: folded.sends }), on: footingOf(frame) });
    const repeat = isSend(mail) && folded === undefined;
    if (before === undefined || folded === undefined || folded.chat === before) return { repeat };
    this.put(folded.chat);
    return { repeat, change: { before, after: folded.chat } };
  }

  /** Moves the cursor; it stands `on` what it stood on before, unless told. */
  move(seq: number, epoch: string, more: { sends?: Sends; on?: Footing } = {}): void {
    const { sends = this.#meta.sends, on = this.#meta.cursor?.on } = more;
    this.#meta = { ...this.#meta, cursor: { epoch, seq, ...(on && { on }) }, sends };
    this.#touch({ meta: true });
  }

  /** The views' answer takes the place of all that was known up to a place in the log. */
  replace({ chats, sends, seq: repeatsSeq }: Loaded, seq: number, epoch: string): void {
    this.#chats.clear();
    this.#repeatsSeq = repeatsSeq;
    for (const chat of chats) this.#chats.set(chat.peer, chat);
    this.#touch({ all: true });
    this.#meta = { ...this.#meta, cursor: { epoch, seq }, sends };
    this.#tell([...this.#chats.keys()]);
  }

  put(chat: LocalChat): void {
    this.#chats.set(chat.peer, chat);
    this.#dirty.peers.add(chat.peer);
    this.#touch({ meta: true });
    this.#tell([chat.peer]);
  }

  post(entry: OutboxEntry, gone: boolean): void {
    this.#posts.set(entry.cid, gone ? undefined : entry);
    if (gone) this.orphans.done(entry.cid);
    this.#touch({});
  }
  /** Entries that are done, and not yet so in the storage. */
  get gone(): string[] {
    return [...this.#posts].flatMap(([cid, entry]) => (entry === undefined ? [cid] : []));
  }
  /** Is there something about this entry that is not written down yet? */
  isPending(cid: string): boolean {
    return this.#posts.has(cid);
  }

  /** Goes on after a close: other clients may have had the storage meanwhile. */
  open(): void {
    this.#closed = false;
    this.#disk.open();
  }
  /** Waits for what is being saved, and lets other clients have what this one had. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#again);
    await this.#saving;
    if (this.#closed) this.#disk.close();
  }

  /** The application's word on the device counts more than the storage's. */
  #own(meta: Meta): Meta {
    const { deviceId = meta.deviceId } = this.#ports;
    return { ...meta, deviceId };
  }

  /** Without a storage to wait for, what is kept in memory is as good as stored. */
  #tell(peers: readonly string[]): void {
    if (!this.#loaded || this.#failures >= FAILURES_MAX)
      queueMicrotask(() => this.#ports.saved(peers));
  }

  #touch(dirty: { meta?: boolean; all?: boolean }): void {
    Object.assign(this.#dirty, dirty);
    if (this.#loaded && this.#failures < FAILURES_MAX) this.#saving ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // One turn, so that what comes together is saved together.
    await Promise.resolve();
    while (this.#dirty.meta || this.#dirty.all || this.#posts.size > 0)
      if (!(await this.#save())) break;
    this.#saving = undefined;
  }

  /** Returns whether the next save may follow at once. */
  async #save(): Promise<boolean> {
    const wrote = this.#disk.holds(MAILBOX);
    const writes = await this.#disk.claim(MAILBOX);
    // The one before may have been of another log-in. The first one names it, at once.
    if (writes && !wrote) await this.meetAgain();
    if (writes && this.#meta.login === UNNAMED) this.#meta = { ...this.#meta, login: randomName() };
    const { all: reset, peers } = this.#dirty;
    const changed = [...(reset ? this.#chats.keys() : peers)];
    const chats = changed.flatMap((peer) => this.#chats.get(peer) ?? []);
    const posts = [...this.#posts];
    this.#dirty = { meta: false, all: false, peers: new Set() };
    const result = await this.#disk.save({
      posted: posts.flatMap(([, entry]) => entry ?? []),
      gone: posts.flatMap(([cid, entry]) => (entry ? [] : cid)),
      ...(writes && { reset, meta: this.#meta, chats: chats.map((chat) => trimmed(chat)) }),
    });
    if (result !== "kept") return this.#notKept(result, changed);
    this.#failures = 0;
    for (const [cid, entry] of posts) if (this.#posts.get(cid) === entry) this.#posts.delete(cid);
    this.#ports.saved(changed);
    return true;
  }

  async #notKept(why: "lost" | "failed", changed: readonly string[]): Promise<boolean> {
    this.#dirty.all = true;
    this.#failures++;
    if (why === "lost") await this.meetAgain(true);
    if (this.#failures < FAILURES_MAX && why === "lost") return true;
    if (this.#failures >= FAILURES_MAX) this.#ports.saved(changed);
    if (this.#closed) return false;
    const ms = Math.min(AGAIN_MAX_MS, AGAIN_MS * 2 ** (this.#failures - 1));
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void (this.#saving ??= this.#drain()), ms);
    return false;
  }
}
