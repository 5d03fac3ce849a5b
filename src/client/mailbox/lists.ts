import type { Chat } from "../api.ts";
import type { ChatMessage } from "../message.ts";
import { shown } from "./chat.ts";
import type { Local } from "./local.ts";
import type { Entries } from "../outbox/entries.ts";
import { unsent } from "../outbox/entry.ts";
import type { Signals } from "../connection/signals.ts";

/** A message that is not stored yet comes last. */
const place = ({ seq = Infinity }: { seq?: number }): number => seq;
const bySeq = (a: ChatMessage, b: ChatMessage): number =>
  place(a) === place(b) ? 0 : place(a) - place(b);

export type Lists = ReturnType<typeof createLists>;

/** The lists a person looks at: what is stored and what is on its way. */
export function createLists({ chats }: Local, entries: Entries, signals: Signals) {
  function listed(peer: string, newest: number): ChatMessage[] {
    const chat = chats.get(peer);
    const stored = chat?.messages.slice(-newest).map((row) => shown(chat, row)) ?? [];
    const waiting = entries.all.filter(({ to }) => to === peer).map(unsent);
    return [...stored, ...waiting].toSorted(bySeq);
  }
  function line(peer: string): Chat {
    const last = listed(peer, 1).at(-1);
    const unread = chats.get(peer)?.unread ?? 0;
    return { peer, unread, typing: signals.isTyping(peer), ...(last && { last }) };
  }
  return {
    line,
    messages: (peer: string): ChatMessage[] => listed(peer, Infinity),
    chats: (): Chat[] =>
      [...new Set([...chats.keys(), ...entries.all.map(({ to }) => to)])]
        .map(line)
        .toSorted((a, b) => place(b.last ?? {}) - place(a.last ?? {}) || 0),
  };
}
