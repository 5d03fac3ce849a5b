import { isSend, peerOf } from "../../rules/conversation.ts";
import type { Sends } from "../../rules/sends.ts";
import { isOtherLogin, UNNAMED, type OutboxEntry } from "../outbox/entry.ts";
import { Keys } from "../outbox/keys.ts";
import { randomName } from "../randomname.ts";
import type { ClientStorage, Meta } from "../storage/storage.ts";
import type { Footing } from "../../protocol/frames/hello.ts";
import type { EventFrame } from "../../protocol/frames/mailbox.ts";
import { asGroup, listed as listedIn } from "../groups/groupchat.ts";
import { foldLocal, footingOf, mailOf, newChat } from "./chat.ts";
import type { Loaded, LocalChat } from "./localchat.ts";
import { Disk, MAILBOX } from "./disk.ts";
import { claimKey, type KeyVerdict } from "./keyclaim.ts";
import { isAnothers, newMeta, owned, type Owner } from "./ownmeta.ts";
import { Orphans } from "./orphans.ts";
import { Saving } from "./saving.ts";

interface Ports extends Owner {
  storage: ClientStorage;
  /** A chat is another one now, or, if none is named, all of them and the user may be. */
  changed(peer?: string): void;
  /** Chats are stored now, or kept in memory for want of a storage. */
  saved(peers: readonly string[]): void;
  /** The storage was cleared, and somebody else has logged in on it meanwhile. */
  otherLogin(): void;
  /** The log-in was ended by another client. */
  ended(): void;
  /** The outbox of this client, for a storage that has lost it. */
  entries(): readonly OutboxEntry[];
  failed(error: unknown): void;
  /** ms since 1970. */
  now(): number;
}

/**
 * Everything that this device knows, written down as it changes. Of several tabs with one storage, one writes
 * the chats and the cursor; another takes over, with all that it knows, when that one is gone.
 */
export class Local {
  readonly #ports: Ports;
  readonly disk: Disk;
  readonly #chats = new Map<string, LocalChat>();
  readonly chats: ReadonlyMap<string, LocalChat> = this.#chats;
  readonly orphans: Orphans;
  readonly keys: Keys;
  #meta: Meta;
  #repeatsSeq = 0;
  /** Log-ins that have ended here: what was asked of the storage before says nothing any more. */
  logouts = 0;
  readonly saving: Saving;
  /** Has the list of chats come as a whole, if only as it was when this device was here last? */
  isWhole = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.disk = new Disk(ports.storage, (error) => ports.failed(error));
    this.orphans = new Orphans(this.disk);
    this.#meta = owned(newMeta(), this.#ports);
    this.saving = new Saving({
      ...ports,
      disk: this.disk,
      chats: this.#chats,
      meta: (first) => this.#write(first),
      lost: () => this.meetAgain(true),
    });
    this.keys = new Keys({
      ...ports,
      keep: (key, done) => this.saving.keep(key, done),
      void: () => this.saving.voidKeys(),
    });
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

  /** Is it the log-in that this client holds, as far as that is known? */
  isOf = (login: string): boolean => !isOtherLogin(login, this.#meta.login);

  /** Reads what is stored, if that can be had. Returns whether it could. */
  async load(): Promise<boolean> {
    const { logouts } = this;
    await this.disk.claim(MAILBOX);
    const done = (await this.disk.done()) ?? [];
    const stored = await this.disk.load();
    if (stored === undefined || logouts !== this.logouts) return false;
    if (isAnothers(stored.meta, this.#ports)) {
      this.saving.ready();
      this.#begin({ ...this.#meta, login: randomName() });
      return true;
    }
    this.#meta = owned({ ...this.#meta, ...stored.meta }, this.#ports);
    for (const chat of stored.chats) this.#chats.set(chat.peer, chat);
    this.keys.load(done);
    this.saving.ready();
    this.isWhole ||= stored.meta?.cursor !== undefined;
    this.#ports.changed();
    this.saving.touch({ meta: this.disk.holds(MAILBOX) });
    return true;
  }

  /**
   * Meets a storage that could not be read before, has lost what it had (`lost`), or was another client's to
   * write: all is written anew.
   */
  async meetAgain(lost = false): Promise<void> {
    const stored = await this.disk.load();
    if (stored === undefined) return;
    const { login = this.#meta.login, deviceId = this.#meta.deviceId, ended } = stored.meta ?? {};
    if (ended === this.#meta.login) return this.#ports.ended();
    const other = this.saving.isReady && isOtherLogin(login, this.#meta.login);
    this.saving.ready();
    if (other) this.#ports.otherLogin();
    this.#meta = owned({ ...this.#meta, login, deviceId }, this.#ports);
    this.#postAgain(lost);
    this.saving.touch({ all: true });
  }

  /** Of what another client looks after, that one knows better, unless it was `lost` before that one read it. */
  #postAgain(lost: boolean): void {
    for (const entry of this.#ports.entries())
      if (lost || this.orphans.isMine(entry.writer)) this.saving.post(entry, entry);
    for (const done of this.keys.all) this.saving.keep(done.key, done);
  }

  /** Work that was left undone since the last look at the storage. */
  async look(): Promise<void> {
    if (!this.saving.isReady) await this.meetAgain();
  }

  /** Says whose mailbox this is from now on; of somebody else's nothing is kept. */
  belongsTo(user: string | undefined): void {
    if (user === this.#meta.user) return;
    const { user: before, deviceId, login } = this.#meta;
    const name = before === undefined ? login : randomName();
    this.#begin({ deviceId, login: name, ...(user && { user }), sends: [] });
  }

  /** Nothing is known but this. */
  #begin(meta: Meta): void {
    this.#chats.clear();
    this.keys.clear();
    this.#repeatsSeq = 0;
    this.isWhole = false;
    this.#meta = owned(meta, this.#ports);
    this.saving.touch({ all: true });
    this.#ports.changed();
  }

  /** Folds an event in and moves the cursor. `change`: the chat before and after. */
  apply(
    frame: EventFrame,
    epoch: string,
  ): { repeat: boolean; change?: { before: LocalChat; after: LocalChat } } {
    const mail = mailOf(frame);
    const peer = mail && peerOf(mail);
    const on = footingOf(frame);
    if (mail === undefined || peer === undefined) {
      this.move(frame.seq, epoch, { on });
      return { repeat: false };
    }
    const before = this.#chats.get(peer) ?? newChat(peer);
    const folded = foldLocal(before, this.#meta.sends, mail);
    this.move(frame.seq, epoch, { ...(folded && { sends: folded.sends }), on });
    const repeat = isSend(mail) && folded?.what !== "message";
    if (folded === undefined || folded.chat === before) return { repeat };
    this.put(folded.chat);
    return { repeat, change: { before, after: folded.chat } };
  }

  /** Moves the cursor; it stands `on` what it stood on before, unless told. */
  move(seq: number, epoch: string, more: { sends?: Sends; on?: Footing } = {}): void {
    const { sends = this.#meta.sends, on = this.#meta.cursor?.on } = more;
    this.#meta = { ...this.#meta, cursor: { epoch, seq, ...(on && { on }) }, sends };
    this.saving.touch({ meta: true });
  }

  /** The views' answer takes the place of all that was known up to a place in the log. */
  replace({ chats, groups, sends, seq: repeatsSeq }: Loaded, seq: number, epoch: string): void {
    const listed = new Map(groups.map((row) => [row.peer, row]));
    for (const chat of this.#chats.values()) {
      const row = listed.get(chat.peer);
      const group = asGroup(chat);
      if (group && row) this.#chats.set(chat.peer, listedIn(group, row));
      else this.#chats.delete(chat.peer);
    }
    this.#repeatsSeq = repeatsSeq;
    for (const chat of chats) this.#chats.set(chat.peer, chat);
    this.saving.touch({ all: true });
    this.#meta = { ...this.#meta, cursor: { epoch, seq }, sends };
    this.isWhole = true;
    this.saving.tell([...this.#chats.keys()]);
    this.#ports.changed();
  }

  put(chat: LocalChat): void {
    this.#chats.set(chat.peer, chat);
    this.saving.put(chat.peer);
    this.#ports.changed(chat.peer);
  }

  /** All that was missed has arrived up to there. */
  caughtUp(seq: number, epoch: string): void {
    this.move(Math.max(seq, this.seq), epoch);
    if (this.isWhole) return;
    this.isWhole = true;
    this.#ports.changed();
  }

  /** Asks the storage whether this is the first send with its key; if so, `mark` says so in the entry. */
  claimKey(entry: OutboxEntry, mark: () => void): Promise<KeyVerdict> {
    return claimKey({ disk: this.disk, saving: this.saving }, entry, mark);
  }

  post(entry: OutboxEntry, gone: boolean): void {
    if (gone) this.orphans.done(entry.cid);
    this.saving.post(entry, gone ? undefined : entry);
  }

  /** Goes on after a close: other clients may have had the storage meanwhile. */
  open(): void {
    this.saving.open();
    this.disk.open();
  }
  /** Waits for what is being saved, and lets other clients have what this one had. */
  async close(): Promise<void> {
    if (await this.saving.close()) this.disk.close();
  }
  /** The log-in is over: nothing of it is known here any more, and nothing is written. */
  leave(): void {
    this.logouts++;
    this.#begin(newMeta());
    this.saving.drop();
  }

  /** The one before may have been of another log-in. The first one that writes names it, at once. */
  async #write(first: boolean): Promise<Meta> {
    if (first) await this.meetAgain();
    if (this.#meta.login === UNNAMED) this.#meta = { ...this.#meta, login: randomName() };
    return this.#meta;
  }
}
