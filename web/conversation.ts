import { batch, computed, signal, type ReadonlySignal } from "@preact/signals";
import type { Chat, ChatClient, ChatMessage, MessageWindow } from "../src/client/client.ts";
import { attended } from "./attention.ts";
import { openPeer } from "./open.ts";

/** A page of history, and what a conversation opens with. */
const PAGE = 50;
/** Pages loaded at once to reach the first unread message; beyond, nothing is marked. */
const PAGES_MAX = 100;

/** The window while no conversation is open. */
const NO_WINDOW: MessageWindow = { items: [], hasEarlier: true, hasLater: false };

/** Unlike any other message's in its conversation. */
export const keyOf = ({ to, cid }: ChatMessage): string => `${to}/${cid}`;

/** Everything that is known of the open conversation, and what of it is on the screen. */
const createView = () => ({
  messages: signal<readonly ChatMessage[]>([]),
  /** May there be earlier ones, and are there later ones? */
  more: signal(true),
  later: signal(false),
  loading: signal(false),
  /** Is it known where the unread messages begin? */
  settled: signal(false),
  /** Key of the message that the unread ones begin with. */
  unreadFrom: signal<string | undefined>(undefined),
  /** Is the newest message in view? */
  atBottom: signal(false),
  /** Key of the last message that is in view. */
  seen: signal<string | undefined>(undefined),
});

/** The open conversation. */
export function createConversation(client: ChatClient, chat: ReadonlySignal<Chat | undefined>) {
  const view = createView();
  const { messages, more, later, loading, settled, unreadFrom, atBottom, seen } = view;
  const looked = lookedAt(messages, settled, seen);
  let unreadBefore = 0;

  function draw(): void {
    const peer = openPeer.peek();
    const window = peer === undefined ? NO_WINDOW : client.messages(peer);
    messages.value = window.items;
    more.value = window.hasEarlier;
    later.value = window.hasLater;
    if (settled.peek()) mark(chat.peek()?.unread ?? 0);
  }
  function mark(unread: number): void {
    const looking = attended.peek() && atBottom.peek();
    if (unread > 0 && unreadBefore === 0 && !looking) {
      const peer = openPeer.peek() ?? "";
      const first = client.message(peer, client.messages(peer).unreadFrom ?? "");
      unreadFrom.value = first && keyOf(first);
    }
    unreadBefore = unread;
  }

  /** One page further back; false when there was none to be had. */
  async function loadEarlier(): Promise<boolean> {
    const peer = openPeer.peek();
    if (peer === undefined || loading.peek() || !more.peek()) return false;
    loading.value = true;
    // Nobody asked for it, so nobody is told; the next scroll asks again.
    const loaded = await client.loadEarlier(peer, PAGE).then(
      () => true,
      () => false,
    );
    if (peer !== openPeer.peek()) return false;
    batch(() => {
      loading.value = false;
      draw();
    });
    return loaded;
  }

  const isEnough = (peer: string): boolean => {
    const { items, unreadFrom: first } = client.messages(peer);
    if (items.length < PAGE) return false;
    if ((chat.peek()?.unread ?? 0) === 0) return true;
    return first !== undefined && first !== items.find(({ to }) => to !== peer)?.id;
  };

  /** Loads as far back as the first unread message, as far as there is a connection. */
  async function fill(): Promise<void> {
    const peer = openPeer.peek();
    if (peer === undefined) return;
    for (let page = 0; page < PAGES_MAX && !isEnough(peer); page++)
      if (client.connection.state !== "online" || !(await loadEarlier())) break;
    if (peer !== openPeer.peek()) return;
    // Nothing here and nobody to ask: only the server can tell whether there is something unread.
    if (messages.peek().length === 0 && client.connection.state !== "online") return;
    settled.value = true;
    draw();
  }

  function reset(): void {
    unreadBefore = 0;
    batch(() => {
      more.value = true;
      loading.value = false;
      settled.value = atBottom.value = false;
      unreadFrom.value = seen.value = undefined;
      draw();
    });
  }
  const loadLater = (): void => client.loadLater(openPeer.peek() ?? "", PAGE);
  /** Drawn at once: whoever jumps there is moved in the same turn. */
  const loadLatest = (): void => {
    client.loadLatest(openPeer.peek() ?? "");
    draw();
  };
  return { ...view, looked, draw, loadEarlier, loadLater, loadLatest, fill, reset };
}

/** The peer's last message that a person looking at the page has on the screen. */
const lookedAt = (
  messages: ReadonlySignal<readonly ChatMessage[]>,
  settled: ReadonlySignal<boolean>,
  seen: ReadonlySignal<string | undefined>,
): ReadonlySignal<ChatMessage | undefined> =>
  computed(() => {
    if (!settled.value || !attended.value) return undefined;
    const last = messages.value.findLastIndex((each) => keyOf(each) === seen.value);
    return messages.value.slice(0, last + 1).findLast(({ to }) => to !== openPeer.value);
  });
