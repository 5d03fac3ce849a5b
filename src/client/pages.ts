import type { HistoryAnswer } from "../events/views.ts";
import { isCounted, prepend } from "./chat.ts";
import type { Local } from "./local.ts";
import type { Requests } from "./requests.ts";

/** What the server gives at once. */
const PAGE_MAX = 100;

/**
 * Loads messages before the oldest that is loaded. `more`: there are still earlier ones.
 * @throws ChatError
 */
export async function loadEarlier(
  local: Local,
  requests: Requests,
  peer: string,
  limit: number = PAGE_MAX,
): Promise<{ more: boolean }> {
  const chat = local.chats.get(peer);
  const before = chat?.messages[0]?.seq;
  if (before === undefined || !chat?.more) return { more: false };
  const { result } = await requests.ask({
    t: "history",
    peer,
    limit: Math.min(limit, PAGE_MAX),
    before,
    atLeast: before,
  });
  const now = local.chats.get(peer);
  // Unless the same page has been loaded twice at once.
  if (now?.messages[0]?.seq === before) local.put(prepend(now, result as HistoryAnswer));
  return { more: local.chats.get(peer)?.more ?? false };
}

/**
 * Loads until the unread messages can be counted: another device has read up to a message that is
 * not loaded here.
 * @throws ChatError
 */
export async function loadUnread(local: Local, requests: Requests, peer: string): Promise<void> {
  for (;;) {
    const chat = local.chats.get(peer);
    if (chat === undefined || isCounted(chat)) return;
    await loadEarlier(local, requests, peer);
  }
}
