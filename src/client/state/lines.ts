import type { Chat, ChatWindow } from "../api.ts";
import { shown } from "../mailbox/chat.ts";
import type { Local } from "../mailbox/local.ts";
import type { Entries } from "../outbox/entries.ts";
import { unsent, type OutboxEntry } from "../outbox/entry.ts";
import { kept } from "./same.ts";
import { bySeq } from "./windows.ts";

/** The list of chats, newest first: the same objects until they differ. */
export class Lines {
  readonly #local: Local;
  readonly #entries: Entries;
  #lines: ReadonlyMap<string, Chat> = new Map();
  #window: ChatWindow = { items: [], hasEarlier: true };
  /** Chats whose line may look different. */
  readonly #stale = new Set<string>();
  #allStale = false;

  constructor(local: Local, entries: Entries) {
    this.#local = local;
    this.#entries = entries;
  }

  touch(peer: string): void {
    this.#stale.add(peer);
  }
  touchAll(): void {
    this.#allStale = true;
  }

  window(): ChatWindow {
    const hasEarlier = !this.#local.isWhole;
    const isStale = this.#allStale || this.#stale.size > 0;
    if (!isStale && hasEarlier === this.#window.hasEarlier) return this.#window;
    this.#lines = this.#look();
    this.#allStale = false;
    this.#stale.clear();
    const items = [...this.#lines.values()].toSorted((a, b) => timeOf(b) - timeOf(a) || 0);
    this.#window = kept(this.#window, { items: kept(this.#window.items, items), hasEarlier });
    return this.#window;
  }

  #look(): ReadonlyMap<string, Chat> {
    const waiting = new Map<string, OutboxEntry[]>();
    for (const entry of this.#entries.all.filter(({ ask }) => ask === undefined))
      waiting.set(entry.to, [...(waiting.get(entry.to) ?? []), entry]);
    const lines = new Map<string, Chat>();
    for (const peer of new Set([...this.#local.chats.keys(), ...waiting.keys()])) {
      const before = this.#lines.get(peer);
      const isFresh = before !== undefined && !this.#allStale && !this.#stale.has(peer);
      lines.set(peer, isFresh ? before : kept(before, this.#line(peer, waiting.get(peer) ?? [])));
    }
    return lines;
  }

  #line(peer: string, waiting: readonly OutboxEntry[]): Chat {
    const chat = this.#local.chats.get(peer);
    const stored = chat?.messages.slice(-1).map((row) => shown(chat, row)) ?? [];
    const last = [...stored, ...waiting.map(unsent)].toSorted(bySeq).at(-1);
    const { info, mentioned } = chat?.group ?? {};
    return {
      peer,
      unread: chat?.unread ?? 0,
      ...(last && { last }),
      ...(info && { group: info }),
      ...(mentioned && { mentioned }),
    };
  }
}

/** Seqs of different mailboxes say nothing of each other. A message that is not stored yet is the newest. */
const timeOf = ({ last }: Chat): number => (last?.seq === undefined ? Infinity : last.at);
