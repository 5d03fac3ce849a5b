import { computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { ChatMessage } from "../src/client/client.ts";
import { useClient, useConnection, useUnread, type Messages } from "../src/preact/preact.ts";
import { attended } from "./attention.ts";

/** Messages that a conversation opens with, if it has so many. */
const OPENING = 50;
/** Pages loaded at once to reach the first unread message; beyond, nothing is marked. */
const PAGES_MAX = 100;

/** Unlike any other message's in its conversation. */
export const keyOf = ({ to, cid, mine, author = "" }: ChatMessage): string =>
  `${to}/${mine ? "" : author}/${cid}`;

/** Everything that is known of how the open conversation is read. */
export type Reading = ReturnType<typeof createReading>;

const createReading = () => ({
  /** Is it known where the unread messages begin? */
  settled: signal(false),
  /** Key of the message that the unread ones begin with. */
  unreadFrom: signal<string | undefined>(undefined),
  /** Is the newest message in view? */
  atBottom: signal(false),
  /** Key of the last message that is in view. */
  seen: signal<string | undefined>(undefined),
});

/** Finds where the unread messages begin, and tells what has been on the screen. Of one conversation only. */
export function useReading(peer: string, thread: Messages): Reading {
  const client = useClient();
  const unread = useUnread(peer);
  const reading = useMemo(createReading, []);
  useOpening(peer, thread, unread.value, reading);
  useEffect(() => markUnread(peer, thread, unread, reading), []);
  useEffect(() => {
    const looked = lookedAt(peer, thread, reading);
    return effect(() => {
      if (looked.value && unread.value > 0) client.markRead(peer, looked.value.id);
    });
  }, []);
  return reading;
}

/** Loads as far back as the first unread message, as far as there is a connection. */
function useOpening(peer: string, thread: Messages, unread: number, { settled }: Reading): void {
  const isOnline = useConnection().value.state === "online";
  const tried = useRef({ window: thread.window.peek(), pages: 0 }).current;
  const window = thread.window.value;
  const isLoading = thread.loading.value;
  useEffect(() => {
    // Nothing here and nobody to ask: only the server can tell whether there is something unread.
    const isTooEarly = isLoading || (window.items.length === 0 && !isOnline);
    if (settled.peek() || isTooEarly) return;
    const isOver = !isOnline || !window.hasEarlier || hasTriedAll(window, tried);
    settled.value = isOver || isEnough(peer, thread, unread);
    if (settled.peek()) return;
    Object.assign(tried, { window, pages: tried.pages + 1 });
    void thread.loadEarlier();
  }, [window, isLoading, isOnline]);
}

/** Was the last page not to be had, or is it too far back? */
const hasTriedAll = (window: object, tried: { window: object; pages: number }): boolean =>
  tried.pages >= PAGES_MAX || (tried.pages > 0 && tried.window === window);

function isEnough(peer: string, { window }: Messages, unread: number): boolean {
  const { items, unreadFrom } = window.peek();
  if (items.length < OPENING) return false;
  return (
    unread === 0 ||
    (!!unreadFrom && unreadFrom !== items.find(({ mine, change }) => !mine && !change)?.id)
  );
}

/** Marks the first of those messages that came while nobody looked, until something is written. */
function markUnread(
  peer: string,
  { window }: Messages,
  unread: ReadonlySignal<number>,
  { settled, unreadFrom, atBottom }: Reading,
): () => void {
  let before = 0;
  return effect(() => {
    if (!settled.value) return;
    const { items, unreadFrom: first } = window.value;
    const isLooking = attended.peek() && atBottom.peek();
    if (unread.value > 0 && before === 0 && !isLooking)
      unreadFrom.value = items.filter(({ id }) => id !== undefined && id === first).map(keyOf)[0];
    before = unread.value;
    const last = items.at(-1);
    if (last?.mine && last.status === "pending") unreadFrom.value = undefined;
  });
}

/** The peer's last message that a person looking at the page has on the screen. */
const lookedAt = (
  peer: string,
  { window }: Messages,
  { settled, seen }: Reading,
): ReadonlySignal<ChatMessage | undefined> =>
  computed(() => {
    if (!settled.value || !attended.value) return undefined;
    const { items } = window.value;
    const last = items.findLastIndex((each) => keyOf(each) === seen.value);
    return items.slice(0, last + 1).findLast(({ mine, change }) => !mine && !change);
  });
