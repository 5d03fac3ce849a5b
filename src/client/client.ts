import type { StatusAnswer } from "../protocol/frames/status.ts";
import type { Chat, ChatMessage, ClientEvents, ClientOptions, ConnectionState } from "./api.ts";
import { changed, isCounted, positionIn, seenUpTo, type LocalChat } from "./mailbox/chat.ts";
import { createEmitter, type Emitter } from "./emitter.ts";
import { ChatError } from "./error.ts";
import { Link } from "./connection/link.ts";
import { createLists, type Lists } from "./mailbox/lists.ts";
import { Local } from "./mailbox/local.ts";
import { Outbox, unsent, type OutboxEntry } from "./outbox/outbox.ts";
import { Receipts } from "./mailbox/receipts.ts";
import { Requests } from "./connection/requests.ts";
import { Signals } from "./connection/signals.ts";
import { memoryStorage } from "./storage/storage.ts";
import { Sync } from "./mailbox/sync.ts";
import { loadEarlier, loadUnread } from "./mailbox/views.ts";

export type * from "./api.ts";
export { ChatError } from "./error.ts";
export { memoryStorage } from "./storage/storage.ts";

const HISTORY_PAGE = 50;

/** A client that does nothing until `connect()`. Safe to import, and to call, on a server. */
export const createChatClient = (options: ClientOptions): ChatClient => new ChatClient(options);

/** One device of one user; {@link createChatClient} makes it. */
export class ChatClient {
  readonly #options: ClientOptions;
  readonly #events: Emitter = createEmitter();
  /** A random name unlike any other client's. */
  readonly #instance = newInstance();
  readonly #local: Local;
  readonly #outbox: Outbox;
  readonly #requests: Requests;
  readonly #signals: Signals;
  readonly #lists: Lists;
  readonly #link: Link;
  #sends = 0;

  constructor(options: ClientOptions) {
    const { storage = memoryStorage(), deviceId, now = Date.now } = options;
    const { emit } = this.#events;
    this.#options = options;
    const failed = (error: unknown): void =>
      emit("error", { code: "storage.failed", message: String(error) });
    const local = new Local({
      storage,
      instance: this.#instance,
      deviceId,
      saved: (peers) => receipts.tell(peers),
      failed,
    });
    const link = new Link({
      options,
      hello: () => sync.hello(),
      frame: (frame) => sync.take(frame),
      lost: () => sync.stop(),
      changed: (connection) => emit("connection", connection),
    });
    const outbox = new Outbox({
      post: (entry) => this.#post(entry),
      changed: (entry, gone) => this.#posted(entry, gone),
    });
    const requests = new Requests((question) => link.send(question));
    const receipts = new Receipts(local.chats, (frame) => link.send(frame));
    const signals = new Signals({
      send: (frame) => link.send(frame),
      shown: (peer, typing) => {
        emit("typing", { peer, typing });
        this.#line(peer);
      },
      now,
    });
    const parts = { local, link, outbox, requests, receipts, signals };
    const sync = new Sync({
      ...parts,
      emit,
      folded: (before, after, echo) => this.#folded(before, after, echo),
      failed,
    });
    this.#lists = createLists(local, outbox, signals);
    this.#local = local;
    this.#link = link;
    this.#outbox = outbox;
    this.#requests = requests;
    this.#signals = signals;
  }

  /** Known from the first `welcome`, later from the storage. */
  get user(): string | undefined {
    return this.#local.meta.user;
  }
  get connection(): ConnectionState {
    return this.#link.state;
  }

  /** Loads what the storage has, then connects, and stays connected until {@link close}. */
  connect(): void {
    this.#link.start();
  }
  /** Ends for good, after what is on the way to the storage has arrived there. */
  async close(): Promise<void> {
    this.#link.stop();
    await this.#local.close();
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
    return this.#lists.chats();
  }
  /** What is loaded of a chat, oldest first; those not yet stored come last. */
  messages(peer: string): ChatMessage[] {
    return this.#lists.messages(peer);
  }
  /**
   * Loads up to `limit` (at most 100) messages before the oldest loaded one.
   * @throws ChatError
   */
  loadEarlier(peer: string, limit: number = HISTORY_PAGE): Promise<{ more: boolean }> {
    return loadEarlier(this.#local, this.#requests, peer, limit);
  }
  /** @throws ChatError */
  async status(id: string): Promise<StatusAnswer> {
    const { result } = await this.#requests.ask("status", { id, atLeast: this.#local.seq });
    return result;
  }

  /**
   * Shows it at once as `pending`; how it goes on comes as `message` events.
   * @throws ChatError `limit.outbox`, `connection.closed`
   */
  send(peer: string, body: string): ChatMessage {
    return this.#send({ to: peer, body });
  }
  /** Sends a `failed` one again: a new message with a new cid in place of the old. */
  retry(cid: string): void {
    const failed = this.#outbox.remove(cid);
    if (failed) this.#send({ to: failed.to, body: failed.body, replaces: cid });
  }
  /** Forgets a `failed` one; comes as a `chat` event. */
  discard(cid: string): void {
    const failed = this.#outbox.remove(cid);
    if (failed) this.#line(failed.to);
  }

  /**
   * The user has read what this peer wrote: everything that has arrived, or up to and including the
   * stored message with the id `upTo`. What was read before stays read.
   */
  markRead(peer: string, upTo?: string): void {
    const chat = this.#local.chats.get(peer);
    if (chat === undefined) return;
    const read = upTo === undefined ? chat.received : positionIn(upTo);
    if (read <= chat.seen) return;
    this.#local.put(seenUpTo(chat, Math.min(read, chat.received)));
    this.#line(peer);
  }
  /** The user is typing; call it at every key. */
  typing(peer: string): void {
    this.#signals.typing(peer);
  }
  /** The user is looking at the app; call it as often as you like. */
  focus(): void {
    this.#signals.focus();
  }
  /** Follows the presence of these users, across reconnects. */
  watch(users: readonly string[]): void {
    this.#signals.watch(users);
  }
  unwatch(users: readonly string[]): void {
    this.#signals.unwatch(users);
  }

  #send(message: Pick<OutboxEntry, "to" | "body" | "replaces">): ChatMessage {
    if (this.connection === "closed") throw new ChatError("connection.closed", false);
    const entry: OutboxEntry = {
      ...message,
      cid: `${this.#instance}.${++this.#sends}`,
      author: this.user ?? "",
      at: (this.#options.now ?? Date.now)(),
    };
    this.#outbox.add(entry);
    return unsent(entry);
  }

  #post({ cid, to, body }: OutboxEntry): string | undefined {
    const frame = { t: "send", cid, to, body } as const;
    const bytes = new TextEncoder().encode(JSON.stringify(frame)).length;
    // The server would cut the connection, again and again.
    if (bytes > (this.#link.limits?.frameBytes ?? Infinity)) return "message.too_large";
    this.#link.send(frame);
    return undefined;
  }

  #posted(entry: OutboxEntry, gone: boolean): void {
    this.#local.post(entry, gone);
    if (gone) return;
    const { id, error, replaces, to } = entry;
    const fresh = id === undefined && error === undefined;
    this.#events.emit("message", { message: unsent(entry), fresh, ...(replaces && { replaces }) });
    this.#line(to);
  }

  #folded(before: LocalChat, after: LocalChat, echo?: string): void {
    const { peer } = after;
    if (after.received > before.received) this.#signals.stopped(peer);
    for (const { message, fresh } of changed(before, after))
      this.#events.emit("message", { message, fresh: fresh && message.cid !== echo });
    this.#line(peer);
    if (after.mine.read > before.mine.read && !isCounted(after)) void this.#count(peer);
  }

  async #count(peer: string): Promise<void> {
    try {
      await loadUnread(this.#local, this.#requests, peer);
      this.#line(peer);
    } catch (error) {
      this.#options.logger?.warn("unread not counted", { peer, error: String(error) });
    }
  }

  #line(peer: string): void {
    this.#events.emit("chat", { chat: this.#lists.line(peer) });
  }
}

/** `crypto.randomUUID` would want a secure context. */
function newInstance(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
