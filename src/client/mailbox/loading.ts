import {
  CHATS_MAX,
  isGroupRow,
  listedAt,
  type ChatRow,
  type GroupRow,
  type ChatPlace,
} from "../../protocol/frames/chats.ts";
import type { Reply } from "../../protocol/frames/reply.ts";
import { HISTORY_MAX, type HistoryAnswer } from "../../protocol/frames/history.ts";
import { cursorIn, placeIn } from "../groups/groupchat.ts";
import { rowsOf } from "../groups/line.ts";
import { countAlike, type Bookmark } from "../storage/bookmark.ts";
import { chatOf, isCounted, isSent, newChat, prepend } from "./chat.ts";
import type { Loaded, LocalChat, Row } from "./localchat.ts";
import type { Local } from "./local.ts";
import type { Requests } from "../connection/requests.ts";

type ListReply = Extract<Reply, { view: "chats" }>;

/** The whole list of chats, with the seq for which each row is true, and the list of repeats. */
async function listAll(requests: Requests, atLeast: number) {
  const rows = new Map<string, { row: ChatRow | GroupRow; seq: number }>();
  function listed({ result: { chats, more }, seq }: ListReply): ChatPlace | undefined {
    for (const row of chats) if (!rows.has(row.peer)) rows.set(row.peer, { row, seq });
    return more ? listedAt(chats.at(-1)) : undefined;
  }
  const first = await requests.ask("chats", { limit: CHATS_MAX, atLeast, repeats: true });
  const page = { limit: CHATS_MAX, atLeast: first.seq };
  let before = listed(first);
  const paged = before !== undefined;
  while (before !== undefined) before = listed(await requests.ask("chats", { ...page, before }));
  // A chat that moved to the top while the pages were turned is on none of them.
  if (paged) listed(await requests.ask("chats", page));
  return { rows: [...rows.values()], sends: first.result.repeats ?? [], seq: first.seq };
}

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
  const list = await listAll(requests, atLeast);
  const chats: LocalChat[] = [];
  const groups: GroupRow[] = [];
  for (const { row, seq } of list.rows) {
    if (isGroupRow(row)) {
      groups.push(row);
      continue;
    }
    const newest = { peer: row.peer, limit: HISTORY_MAX, atLeast: seq };
    const history = opened.has(row.peer) && (await requests.ask("history", newest)).result;
    chats.push(chatOf(row, seq, history || undefined));
  }
  return { chats, groups, sends: list.sends, seq: list.seq };
}

/** The groups of the list, as the own mailbox knows them at `atLeast` or later. @throws ChatError */
export async function loadGroupRows(
  requests: Requests,
  atLeast: number,
): Promise<ReadonlyMap<string, GroupRow>> {
  const { rows } = await listAll(requests, atLeast);
  const groups = rows.map(({ row }) => row).filter(isGroupRow);
  return new Map(groups.map((row) => [row.peer, row]));
}

/**
 * Messages that the user has sent to a peer behind a place, by default from the beginning; behind one of
 * another life or generation of the log, the newest page. True for all that the list of repeats knows: an older answer would
 * lack a message whose number is used, which then went out again under another.
 * @throws ChatError
 */
export async function readSent(
  local: Local,
  requests: Requests,
  peer: string,
  behind?: Bookmark,
): Promise<readonly Row[]> {
  const chat = local.chats.get(peer) ?? newChat(peer);
  const { cursor, atLeast } = followedIn(local, chat);
  const page = { peer, limit: HISTORY_MAX, atLeast };
  const sentIn = ({ messages }: HistoryAnswer): Row[] =>
    rowsOf(peer, messages).filter((row) => isSent(chat, row));
  if (behind !== undefined && (cursor === undefined || !countAlike(behind, cursor)))
    return sentIn((await requests.ask("history", page)).result);
  const sent: Row[] = [];
  let after: number | undefined = behind?.seq ?? 0;
  while (after !== undefined) {
    const { result }: { result: HistoryAnswer } = await requests.ask("history", { ...page, after });
    sent.push(...sentIn(result));
    after = result.more ? result.messages.at(-1)?.seq : undefined;
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
  const known = local.chats.get(peer);
  const oldest = known?.messages[0]?.seq;
  if (known === undefined || oldest === undefined || !known.more) return;
  const most = Math.min(limit, HISTORY_MAX);
  const question = { peer, before: oldest, atLeast: placeIn(known, oldest), limit: most };
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

/** How far the mailbox is followed that shows a chat's messages, and what is asked of it at least. */
function followedIn(
  local: Local,
  chat: LocalChat,
): { cursor: Bookmark | undefined; atLeast: number } {
  const cursor = cursorIn(chat, local.meta.cursor);
  return { cursor, atLeast: chat.group ? placeIn(chat) : local.repeatsSeq };
}
