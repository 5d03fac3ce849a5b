import type { MessageWindow } from "../api.ts";
import { shown, unreadRows } from "../mailbox/chat.ts";
import type { LocalChat } from "../mailbox/localchat.ts";
import type { Local } from "../mailbox/local.ts";
import type { ChatMessage } from "../message.ts";
import type { Entries } from "../outbox/entries.ts";
import { unsent } from "../outbox/entry.ts";
import { kept } from "./same.ts";
import { cut, NEWEST, type Span } from "./span.ts";

/** A message that is not stored yet comes last. */
const orderOf = ({ seq = Infinity }: { seq?: number }): number => seq;
export const bySeq = (a: ChatMessage, b: ChatMessage): number =>
  orderOf(a) === orderOf(b) ? 0 : orderOf(a) - orderOf(b);

interface Cached {
  window: MessageWindow;
  /** The messages of the window, by their ids and their cids. */
  found: ReadonlyMap<string, ChatMessage>;
  stale: boolean;
}

/** The loaded messages of each chat, as far as its window shows them: the same objects until they differ. */
export class Windows {
  readonly #local: Local;
  readonly #entries: Entries;
  readonly #cached = new Map<string, Cached>();
  /** Windows that were moved. */
  readonly #spans = new Map<string, Span>();

  constructor(local: Local, entries: Entries) {
    this.#local = local;
    this.#entries = entries;
  }

  window(peer: string): MessageWindow {
    return this.#fresh(peer).window;
  }
  message(peer: string, ref: string): ChatMessage | undefined {
    return this.#fresh(peer).found.get(ref);
  }

  span(peer: string): Span {
    return this.#spans.get(peer) ?? NEWEST;
  }
  move(peer: string, span: Span): void {
    this.#spans.set(peer, span);
    this.touch(peer);
  }

  /** The messages of a chat may look different. */
  touch(peer: string): void {
    const cached = this.#cached.get(peer);
    if (cached) cached.stale = true;
  }
  /** All chats may have been replaced: seqs of another life of the log mean nothing here. */
  touchAll(): void {
    this.#spans.clear();
    for (const peer of this.#cached.keys()) this.touch(peer);
  }

  /** Are there, or may there be, earlier messages on the server? */
  #mayHaveMore(peer: string): boolean {
    return this.#local.chats.get(peer)?.more ?? !this.#local.isWhole;
  }

  #fresh(peer: string): Cached {
    const before = this.#cached.get(peer);
    if (before?.stale === false) return before;
    const after = this.#look(peer, before);
    this.#cached.set(peer, after);
    return after;
  }

  #look(peer: string, before: Cached | undefined): Cached {
    const chat = this.#local.chats.get(peer);
    const waiting = this.#entries.all.filter(({ to, ask }) => to === peer && !ask).map(unsent);
    const rows = chat?.messages ?? [];
    const { start, end } = cut(rows, this.span(peer));
    const hasLater = end < rows.length;
    const stored = chat ? rows.slice(start, end).map((row) => shown(chat, row)) : [];
    const all = hasLater ? stored : [...stored, ...waiting].toSorted(bySeq);
    const items = all.map((message) => kept(before?.found.get(nameOf(message)), message));
    const hasEarlier = start > 0 || this.#mayHaveMore(peer);
    const window = kept(before?.window, {
      items: kept(before?.window.items, items),
      hasEarlier,
      hasLater,
      ...(chat && unreadFrom(chat, start, end)),
    });
    return { window, found: byName(items), stale: false };
  }
}

/** The first message of a peer's in a part of the chat that lies beyond the user's watermark. */
function unreadFrom(chat: LocalChat, start: number, end: number): { unreadFrom?: string } {
  if (chat.unread === 0) return {};
  const first = unreadRows({ ...chat, messages: chat.messages.slice(start, end) })[0];
  return first ? { unreadFrom: first.id } : {};
}

/** Others choose the cids of their messages, and may choose one of the user's: their name is the id. */
const nameOf = ({ mine, cid, id = cid }: ChatMessage): string => (mine ? cid : id);

function byName(items: readonly ChatMessage[]): ReadonlyMap<string, ChatMessage> {
  const found = new Map<string, ChatMessage>();
  for (const message of items) {
    const { cid, id = cid, mine } = message;
    found.set(id, message);
    if (mine || !found.has(cid)) found.set(cid, message);
  }
  return found;
}
