import { isGroup } from "../events/messageid.ts";
import type { StatusAnswer } from "../protocol/frames/status.ts";
import type {
  ChatWindow,
  ClientEvents,
  ClientOptions,
  Connectivity,
  MessageWindow,
  SendOptions,
  UserPresence,
} from "./api.ts";
import type { ChatMessage, GroupInfo } from "./message.ts";
import { assemble, type Parts } from "./assemble.ts";
import { brought, isCounted, positionOfTheirs, seenUpTo } from "./mailbox/chat.ts";
import type { Folding } from "./mailbox/localchat.ts";
import type { Machine } from "./machine.ts";
import { createEmitter, type Emitter } from "./emitter.ts";
import { readLink } from "./groups/checks.ts";
import { Group } from "./groups/grouphandle.ts";
import { placeIn } from "./groups/groupchat.ts";
import { unsent, type OutboxEntry } from "./outbox/entry.ts";
import { checked, expectOther, expectUser } from "./outbox/letter.ts";
import { loadUnread } from "./mailbox/loading.ts";

export type * from "./api.ts";
export type * from "./message.ts";
export { ChatError } from "./error.ts";
export type { Group, MembersPage } from "./groups/grouphandle.ts";
export type {
  InfoAnswer,
  InfoRow,
  MemberRow,
  MembersAnswer,
} from "../protocol/frames/groupviews.ts";
export type { LineChange } from "../protocol/frames/groupline.ts";
export { memoryStorage, type ClientStorage } from "./storage/storage.ts";

const HISTORY_PAGE = 50;
const NOTHING: GroupInfo = {};

/** A client that does nothing until `connect()`. Safe to import, and to call, on a server. */
export const createChatClient = (options: ClientOptions): ChatClient => new ChatClient(options);

/** One device of one user; {@link createChatClient} makes it. */
export class ChatClient {
  readonly #options: ClientOptions;
  readonly #events: Emitter = createEmitter();
  readonly #parts: Parts;

  /** @param machine the program that uses it in a person's place. */
  constructor(options: ClientOptions, machine?: Machine) {
    this.#options = options;
    this.#parts = assemble(
      options,
      {
        emit: this.#events.emit,
        posted: (entry, how, instead) => this.#posted(entry, how, instead),
        folded: (change) => this.#folded(change),
      },
      machine,
    );
  }

  /** The id of the client's user: the `user` of the options; else known from the first `welcome`, later from the storage. */
  get user(): string | undefined {
    return this.#parts.local.meta.user;
  }
  /** How the connection is, and why. */
  get connection(): Connectivity {
    return this.#parts.link.connection;
  }

  /**
   * Loads what the storage has, then connects, and stays connected until {@link close}. Begins anew also where
   * `connection` is `closed`, whoever has closed it.
   */
  connect(): void {
    this.#parts.logout.open();
    this.#parts.link.start();
  }
  /**
   * Ends after what is on the way to the storage has arrived there; another {@link connect} goes on. `forget` logs out:
   * everything is removed from here and from the storage, messages that are not sent included, and the other tabs
   * that share it end, too (`login.ended`). @throws ChatError `storage.failed`: it could not be removed from there.
   */
  async close({ forget = false }: { forget?: boolean } = {}): Promise<void> {
    await this.#parts.logout.close(forget);
  }
  /** Calls the listener at each of these events. Returns what ends the subscription. */
  on<K extends keyof ClientEvents>(
    event: K,
    listener: (payload: ClientEvents[K]) => unknown,
  ): () => void {
    return this.#events.on(event, listener);
  }

  /**
   * Calls the listener whenever one of the getters below may answer differently: once, at the end of the turn
   * in which it changed. A getter answers with the identical object while its content is the same. Returns
   * what ends the subscription.
   */
  subscribe(listener: () => unknown): () => void {
    return this.#parts.announcer.subscribe(listener);
  }
  /** All chats, newest first. */
  chats(): ChatWindow {
    return this.#parts.state.chats();
  }
  /** The window on the messages of a chat: the newest 400 that are loaded, until it is moved. */
  messages(chat: string): MessageWindow {
    return this.#parts.state.messages(chat);
  }
  /** A message of the window, by its id or its cid: an own one, if a peer has used the same cid. */
  message(chat: string, ref: string): ChatMessage | undefined {
    return this.#parts.state.message(chat, ref);
  }
  /** A user's presence. Undefined while the user is not watched, or nothing is known yet. */
  presence(user: string): UserPresence | undefined {
    return this.#parts.presences.of(user);
  }
  /** The others who type in a chat: until about 6 s after the last sign, or their next message. */
  typing(chat: string): readonly string[] {
    return this.#parts.signals.typing(chat);
  }

  /**
   * Moves the window of a chat back by up to `limit` (at most 100) messages, asking the server for what is not
   * loaded. The latest leave the window when it would be longer than 400.
   * @throws ChatError
   */
  loadEarlier(chat: string, limit: number = HISTORY_PAGE): Promise<void> {
    return this.#parts.state.loadEarlier(chat, limit);
  }
  /** Moves the window of a chat on by up to `limit` messages. The earliest may leave it. */
  loadLater(chat: string, limit: number = HISTORY_PAGE): void {
    this.#parts.state.loadLater(chat, limit);
  }
  /** Moves the window of a chat back to its newest messages. */
  loadLatest(chat: string): void {
    this.#parts.state.loadLatest(chat);
  }
  /** Asks the server how far a stored message has come. @throws ChatError */
  async status(id: string): Promise<StatusAnswer> {
    const { local, requests } = this.#parts;
    const [mailbox = ""] = id.split(":");
    const atLeast = isGroup(mailbox) ? placeIn(local.chats.get(mailbox)) : local.seq;
    return (await requests.ask("status", { id, atLeast })).result;
  }

  /**
   * Sends a message. It is shown at once as `pending`, in the window of the newest messages.
   * @throws ChatError `limit.outbox`, `connection.closed`, and with its `field` what the server would refuse
   */
  send(chat: string, body: string, more: SendOptions = {}): ChatMessage {
    return this.#parts.desk.send(checked({ to: chat, body, ...more }, this.user));
  }
  /** Sends a `failed` message again: a new message with a new cid in place of the old. */
  retry(cid: string): void {
    this.#parts.desk.retry(cid);
  }
  /** Forgets a `failed` message. */
  discard(cid: string): void {
    this.#parts.entries.remove(cid);
  }

  /**
   * Makes a group of the user, who is its admin, and of up to 256 others. Resolves with its id.
   * @throws ChatError also `limit.groups`: the user is in 500 already
   */
  createGroup({
    name,
    members = [],
  }: {
    name: string;
    members?: readonly string[];
  }): Promise<string> {
    return this.#parts.desk.ask("", { do: "create", name, members });
  }
  /** A group, for what its members do. */
  group(id: string): Group {
    const { desk, requests, local } = this.#parts;
    const info = (group: string): GroupInfo => local.chats.get(group)?.group?.info ?? NOTHING;
    const at = (group: string): number => placeIn(local.chats.get(group));
    return new Group(id, { requests, info, placeIn: at, ask: (to, ask) => desk.ask(to, ask) });
  }
  /** Comes into a group by its link. Resolves with its id. @throws ChatError `not_found` for whatever is wrong with it */
  async joinGroup(link: string): Promise<string> {
    const { group, secret } = readLink(link);
    return this.#parts.desk.ask(group, { do: "join", secret });
  }

  /**
   * The user has read what this peer wrote, or the others in this group: everything that has arrived, or up to and including the
   * stored message of theirs, or of the group, with the id `upTo`. Anything read before stays read.
   * @throws ChatError `id.invalid`: `upTo` is none of these
   */
  markRead(chat: string, upTo?: string): void {
    const position = upTo === undefined ? undefined : positionOfTheirs(chat, upTo);
    const known = this.#parts.local.chats.get(chat);
    if (known === undefined) return;
    const read = position ?? known.received;
    if (read <= known.seen) return;
    this.#parts.receipts.looked(chat);
    this.#parts.local.put(seenUpTo(known, Math.min(read, known.received)));
  }
  /** The user has typed something; call it at every key. @throws ChatError */
  typed(chat: string): void {
    expectOther(chat, "peer", this.user);
    this.#parts.signals.typed(chat);
  }
  /** The user is looking at the app; call it as often as you like. */
  focus(): void {
    this.#parts.signals.focus();
  }
  /**
   * Follows the presence of these users, across reconnects, until the returned function is called. Users
   * are counted: one is followed until the last who asked for it gives it up. The server has a limit per
   * socket (`limits.watches`, 200): beyond it those are followed who were asked for first.
   * @throws ChatError
   */
  watch(users: readonly string[]): () => void {
    for (const user of users) expectUser(user, "users");
    return this.#parts.presences.watch(users);
  }

  #posted(entry: OutboxEntry, how: "new" | "changed" | "gone", instead?: string): void {
    if (how !== "new" || entry.ask) return;
    const replaces = instead === undefined ? {} : { replaces: instead };
    this.#events.emit("message", { message: unsent(entry), live: false, ...replaces });
  }

  #folded({ before, after, struck, live }: Folding): void {
    const { peer } = after;
    const message = brought(before, after);
    if (after.received > before.received) this.#parts.signals.stopped(peer, message?.author);
    // One that was on its way is shown already.
    if (message && struck === undefined) this.#events.emit("message", { message, live });
    if (after.mine.read > before.mine.read && !isCounted(after)) void this.#count(peer);
  }

  async #count(peer: string): Promise<void> {
    try {
      await loadUnread(this.#parts.local, this.#parts.requests, peer);
    } catch (error) {
      this.#options.logger?.warn("unread not counted", { peer, error: String(error) });
    }
  }
}
