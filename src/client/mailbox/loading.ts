import {
  CHATS_MAX,
  isGroupRow,
  listedAt,
  type ChatRow,
  type ChatsAnswer,
  type ChatPlace,
} from "../../protocol/frames/chats.ts";
import {
  HISTORY_MAX,
  isMessage,
  type HistoryAnswer,
  type MessageRow,
} from "../../protocol/frames/history.ts";
import { countAlike, type Bookmark } from "../storage/bookmark.ts";
import { chatOf, isCounted, prepend } from "./chat.ts";
import type { Loaded, LocalChat } from "./localchat.ts";
import type { Local } from "./local.ts";
import type { Requests } from "../connection/requests.ts";

/**
 * All chats, true for `atLeast` or later; those of `opened` with their newest messages, the others with the
 * last one. No chat is older than the list of repeats: what came between would be dropped.
 * @throws ChatError
 */
export async function loadChats(
  requests: Requests,
  atLeast: number,
  opened: ReadonlySet<string>,
): Promise<Loaded> {
  const rows = new Map<string, { row: ChatRow; seq: number }>();
  function listed({ chats, more }: ChatsAnswer, seq: number): ChatPlace | undefined {
    for (const row of chats)
      if (!isGroupRow(row) && !rows.has(row.peer)) rows.set(row.peer, { row, seq });
    return more ? listedAt(chats.at(-1)) : undefined;
  }
  const first = await requests.ask("chats", { limit: CHATS_MAX, atLeast, repeats: true });
  const page = { limit: CHATS_MAX, atLeast: first.seq };
  let before = listed(first.result, first.seq);
  const paged = before !== undefined;
  while (before !== undefined) {
    const next = await requests.ask("chats", { ...page, before });
    before = listed(next.result, next.seq);
  }
  if (paged) {
    // A chat that moved to the top while the pages were turned is on none of them.
    const again = await requests.ask("chats", page);
    listed(again.result, again.seq);
  }
  const chats: LocalChat[] = [];
  for (const { row, seq } of rows.values()) {
    const newest = { peer: row.peer, limit: HISTORY_MAX, atLeast: seq };
    const history = opened.has(row.peer) && (await requests.ask("history", newest)).result;
    chats.push(chatOf(row, seq, history || undefined));
  }
  return { chats, sends: first.result.repeats ?? [], seq: first.seq };
}

/**
 * Messages that the user has sent to a peer behind a place, by default from the beginning; behind one of
 * another life or generation of the log, the newest page. True for all that the list of repeats knows: an older answer would
 * lack a message whose number is used, which then went out again under another.
 * @throws ChatError
 */
export async function readSent(
  { meta, repeatsSeq: atLeast }: Local,
  requests: Requests,
  peer: string,
  behind?: Bookmark,
): Promise<readonly MessageRow[]> {
  const page = { peer, limit: HISTORY_MAX, atLeast };
  const isSent = ({ author }: MessageRow): boolean => author !== peer;
  const { cursor } = meta;
  if (behind !== undefined && (cursor === undefined || !countAlike(behind, cursor)))
    return (await requests.ask("history", page)).result.messages.filter(isMessage).filter(isSent);
  const sent: MessageRow[] = [];
  let after: number | undefined = behind?.seq ?? 0;
  while (after !== undefined) {
    const { messages, more }: HistoryAnswer = (await requests.ask("history", { ...page, after }))
      .result;
    sent.push(...messages.filter(isMessage).filter(isSent));
    after = more ? messages.at(-1)?.seq : undefined;
  }
  return sent;
}

/**
 * Loads messages before the oldest that is loaded.
 * @throws ChatError
 */
export async function loadEarlier(
  local: Local,
  requests: Requests,
  peer: string,
  limit: number = HISTORY_MAX,
): Promise<void> {
  const { more, messages } = local.chats.get(peer) ?? {};
  const oldest = messages?.[0]?.seq;
  if (oldest === undefined || !more) return;
  const most = Math.min(limit, HISTORY_MAX);
  const question = { peer, before: oldest, atLeast: oldest, limit: most };
  const page = (await requests.ask("history", question)).result;
  const chat = local.chats.get(peer);
  // Unless the same page has been loaded twice at once.
  if (chat?.messages[0]?.seq === oldest) local.put(prepend(chat, page));
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
