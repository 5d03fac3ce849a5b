import type { ClientFrame } from "../events/frames.ts";
import type { ChatRow, ChatsAnswer, HistoryAnswer } from "../events/views.ts";
import { chatOf, type LocalChat } from "./chat.ts";

type Ask = (question: Extract<ClientFrame, { t: "chats" | "history" }>) => Promise<{
  seq: number;
  result: unknown;
}>;

const CHATS_PAGE = 200;
const HISTORY_PAGE = 100;

/**
 * All chats, from the views, true for `atLeast` or later; those of `opened` with their newest
 * messages, the others with the last one.
 * @throws ChatError
 */
export async function loadChats(
  ask: Ask,
  atLeast: number,
  opened: ReadonlySet<string>,
): Promise<LocalChat[]> {
  const rows = new Map<string, { row: ChatRow; seq: number }>();
  async function page(before?: number): Promise<number | undefined> {
    const { seq, result } = await ask({
      t: "chats",
      limit: CHATS_PAGE,
      atLeast,
      ...(before !== undefined && { before }),
    });
    const { chats, more } = result as ChatsAnswer;
    for (const row of chats) if (!rows.has(row.peer)) rows.set(row.peer, { row, seq });
    return more ? chats.at(-1)?.last.seq : undefined;
  }
  let before = await page();
  const paged = before !== undefined;
  while (before !== undefined) before = await page(before);
  // A chat that moved to the top while the pages were turned is on none of them.
  if (paged) await page();

  const chats: LocalChat[] = [];
  for (const { row, seq } of rows.values()) {
    if (!opened.has(row.peer)) {
      chats.push(chatOf(row, seq));
      continue;
    }
    const { result } = await ask({
      t: "history",
      peer: row.peer,
      limit: HISTORY_PAGE,
      atLeast: seq,
    });
    chats.push(chatOf(row, seq, result as HistoryAnswer));
  }
  return chats;
}
