import { CHATS_MAX, type ChatRow } from "../../protocol/frames/chats.ts";
import { HISTORY_MAX, type HistoryAnswer } from "../../protocol/frames/history.ts";
import { chatOf, isCounted, prepend, type LocalChat } from "./chat.ts";
import type { Local } from "./local.ts";
import type { Requests } from "../connection/requests.ts";

/**
 * All chats, true for `atLeast` or later; those of `opened` with their newest messages, the others
 * with the last one.
 * @throws ChatError
 */
export async function loadChats(
  requests: Requests,
  atLeast: number,
  opened: ReadonlySet<string>,
): Promise<LocalChat[]> {
  const rows = new Map<string, { row: ChatRow; seq: number }>();
  async function page(from: { before?: number }): Promise<number | undefined> {
    const { seq, result } = await requests.ask("chats", { limit: CHATS_MAX, atLeast, ...from });
    const { chats, more } = result;
    for (const row of chats) if (!rows.has(row.peer)) rows.set(row.peer, { row, seq });
    return more ? chats.at(-1)?.last.seq : undefined;
  }
  let before = await page({});
  const paged = before !== undefined;
  while (before !== undefined) before = await page({ before });
  // A chat that moved to the top while the pages were turned is on none of them.
  if (paged) await page({});

  const chats: LocalChat[] = [];
  for (const { row, seq } of rows.values()) {
    const history = opened.has(row.peer) && (await ask(requests, row.peer, { atLeast: seq }));
    chats.push(chatOf(row, seq, history || undefined));
  }
  return chats;
}

/**
 * Loads messages before the oldest that is loaded. `more`: there are still earlier ones.
 * @throws ChatError
 */
export async function loadEarlier(
  local: Local,
  requests: Requests,
  peer: string,
  limit: number = HISTORY_MAX,
): Promise<{ more: boolean }> {
  const oldest = local.chats.get(peer)?.messages[0]?.seq;
  if (oldest === undefined || !hasMore(local, peer)) return { more: false };
  const page = await ask(requests, peer, { before: oldest, atLeast: oldest, limit });
  const chat = local.chats.get(peer);
  // Unless the same page has been loaded twice at once.
  if (chat?.messages[0]?.seq === oldest) local.put(prepend(chat, page));
  return { more: hasMore(local, peer) };
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

async function ask(
  requests: Requests,
  peer: string,
  { limit = HISTORY_MAX, ...range }: { atLeast: number; before?: number; limit?: number },
): Promise<HistoryAnswer> {
  const most = Math.min(limit, HISTORY_MAX);
  const { result } = await requests.ask("history", { peer, limit: most, ...range });
  return result;
}

const hasMore = ({ chats }: Local, peer: string): boolean => chats.get(peer)?.more ?? false;
