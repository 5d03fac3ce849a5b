import type { StatusAnswer } from "../protocol/frames/status.ts";
import type { Chat, ClientEvents, ClientOptions, ConnectionState, SendOptions } from "./api.ts";
import type { ChatMessage } from "./message.ts";
import { assemble, type Parts } from "./assemble.ts";
import { changed, isCounted, positionIn, seenUpTo, shown } from "./mailbox/chat.ts";
import type { Folding } from "./mailbox/sync.ts";
import { createEmitter, type Emitter } from "./emitter.ts";
import { ChatError } from "./error.ts";
import { retried, unsent, type OutboxEntry } from "./outbox/entry.ts";
import { checked, expectOther, type Letter } from "./outbox/letter.ts";
import { loadEarlier, loadUnread } from "./mailbox/loading.ts";

export type * from "./api.ts";
export type * from "./message.ts";
export { ChatError } from "./error.ts";
export { memoryStorage, type ClientStorage } from "./storage/storage.ts";

const HISTORY_PAGE = 50;

/** A client that does nothing until `connect()`. Safe to import, and to call, on a server. */
export const createChatClient = (options: ClientOptions): ChatClient => new ChatClient(options);

/** One device of one user; {@link createChatClient} makes it. */
export class ChatClient {
  readonly #options: ClientOptions;
  readonly #events: Emitter = createEmitter();
  readonly #parts: Parts;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#parts = assemble(options, {
      emit: this.#events.emit,
      posted: (entry, how, instead) => this.#posted(entry, how, instead),
      folded: (change) => this.#folded(change),
      line: (peer) => this.#line(peer),
    });
  }

  /** Known from the first `welcome`, later from the storage. */
  get user(): string | undefined {
    return this.#parts.local.meta.user;
  }
  get connection(): ConnectionState {
    return this.#parts.link.state;
  }

  /**
   * Loads what the storage has, then connects, and stays connected until {@link close}. Begins anew also where
   * `connection` is `closed`, whoever has closed it.
   */
  connect(): void {
    this.#parts.local.open();
    this.#parts.link.start();
  }
  /** Ends after what is on the way to the storage has arrived there; another {@link connect} goes on. */
  async close(): Promise<void> {
    this.#parts.link.stop();
    await this.#parts.local.close();
  }
  /** Returns what ends the subscription. */
  on<K extends keyof ClientEvents>(
    event: K,
    listener: (payload: ClientEvents[K]) => void,
  ): () => void {
    return this.#events.on(event, listener);
  }

  /** Newest first. */
  chats(): Chat[] {
    return this.#parts.lists.chats();
  }
  /** The loaded messages of a chat, oldest first; those not yet stored come last. */
  messages(peer: string): ChatMessage[] {
    return this.#parts.lists.messages(peer);
  }
  /**
   * Loads up to `limit` (at most 100) messages before the oldest loaded one.
   * @throws ChatError
   */
  loadEarlier(peer: string, limit: number = HISTORY_PAGE): Promise<{ more: boolean }> {
    return loadEarlier(this.#parts.local, this.#parts.requests, peer, limit);
  }
  /** @throws ChatError */
  async status(id: string): Promise<StatusAnswer> {
    return (await this.#parts.requests.ask("status", { id, atLeast: this.#parts.local.seq }))
      .result;
  }

  /**
   * Shows it at once as `pending`; how it goes on comes as `message` events.
   * @throws ChatError `limit.outbox`, `connection.closed`, and with its `field` what the server would refuse
   */
  send(peer: string, body: string, more: SendOptions = {}): ChatMessage {
    const letter = checked({ to: peer, body, ...more }, this.user);
    return this.#known(letter) ?? this.#write(letter);
  }
  /** Sends a `failed` one again: a new message with a new cid in place of the old. */
  retry(cid: string): void {
    const { entries, outbox } = this.#parts;
    this.#expectOpen();
    const failed = entries.remove(cid);
    if (failed === undefined) return;
    const message = retried(failed, (used) => outbox.isAnothers(failed, used));
    this.#write(message, cid);
  }
  /** Forgets a `failed` one; comes as a `chat` event. */
  discard(cid: string): void {
    this.#parts.entries.remove(cid);
  }

  /**
   * The user has read what this peer wrote: everything that has arrived, or up to and including the
   * stored message with the id `upTo`. Anything read before stays read.
   */
  markRead(peer: string, upTo?: string): void {
    const chat = this.#parts.local.chats.get(peer);
    if (chat === undefined) return;
    const read = upTo === undefined ? chat.received : positionIn(upTo);
    if (read <= chat.seen) return;
    this.#parts.receipts.looked(peer);
    this.#parts.local.put(seenUpTo(chat, Math.min(read, chat.received)));
    this.#line(peer);
  }
  /** The user is typing; call it at every key. @throws ChatError */
  typing(peer: string): void {
    expectOther(peer, "peer", this.user);
    this.#parts.signals.typing(peer);
  }
  /** The user is looking at the app; call it as often as you like. */
  focus(): void {
    this.#parts.signals.focus();
  }
  /** Follows the presence of these users, across reconnects. @throws ChatError */
  watch(users: readonly string[]): void {
    for (const user of users) expectOther(user, "users");
    this.#parts.signals.watch(users);
  }
  unwatch(users: readonly string[]): void {
    this.#parts.signals.unwatch(users);
  }

  /** The first send with this key, as far as it is known. */
  #known(letter: Letter): ChatMessage | undefined {
    const { key, to } = letter;
    if (key === undefined) return undefined;
    const { entries, local } = this.#parts;
    const entry = entries.all.find((each) => each.key === key);
    if (entry !== undefined) return unsent(entry);
    const chat = local.chats.get(to);
    const row = chat?.messages.find((each) => each.key === key && each.author !== to);
    if (chat && row) return shown(chat, row);
    const { cid, at } = local.keys.find(key) ?? {};
    if (cid === undefined || at === undefined) return undefined;
    return { cid, author: local.meta.user ?? "", ...letter, at, status: "sent" };
  }

  #write(message: Letter & Pick<OutboxEntry, "replaces">, instead?: string): ChatMessage {
    this.#expectOpen();
    const { local, pen, entries, outbox } = this.#parts;
    const { user: author = "", login, cursor: after } = local.meta;
    const at = (this.#options.now ?? Date.now)();
    const written = { ...message, at, author, login, ...(after && { after }) };
    const entry = pen.write(written, entries.all);
    outbox.add(entry, instead);
    return unsent(entry);
  }

  /** @throws ChatError `connection.closed` */
  #expectOpen(): void {
    if (this.connection === "closed")
      throw new ChatError("connection.closed", { retryable: false });
  }

  #posted(entry: OutboxEntry, how: "new" | "changed" | "gone", instead?: string): void {
    if (how !== "gone") {
      const replaces = instead === undefined ? {} : { replaces: instead };
      const said = { message: unsent(entry), fresh: how === "new", live: false };
      this.#events.emit("message", { ...said, ...replaces });
    }
    this.#line(entry.to);
  }

  #folded({ before, after, struck, live }: Folding): void {
    const { peer } = after;
    if (after.received > before.received) this.#parts.signals.stopped(peer);
    for (const { message, fresh } of changed(before, after)) {
      // An own message that was on its way under this number or, tried again, under another.
      const known = fresh && struck !== undefined;
      const instead = known && message.cid !== struck ? { replaces: struck } : {};
      this.#events.emit("message", { message, fresh: fresh && !known, live, ...instead });
    }
    this.#line(peer);
    if (after.mine.read > before.mine.read && !isCounted(after)) void this.#count(peer);
  }

  async #count(peer: string): Promise<void> {
    try {
      await loadUnread(this.#parts.local, this.#parts.requests, peer);
      this.#line(peer);
    } catch (error) {
      this.#options.logger?.warn("unread not counted", { peer, error: String(error) });
    }
  }

  #line(peer: string): void {
    this.#events.emit("chat", { chat: this.#parts.lists.line(peer) });
  }
}
