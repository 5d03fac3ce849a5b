import type { ChatRow, ChatsAnswer } from "../../protocol/answers.ts";
import type { Query } from "../../protocol/internal/query.ts";
import { chatKey, conversation, type Change } from "./conversation.ts";
import { message, paged } from "./history.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";

const newestKey: Kind<string> = kind("newest");
const listKey: Kind<string> = kind("list");

/**
 * The order of the list. A conversation is listed under the seq at which it came to the top, and
 * only then: that order is the order of the last messages, and a conversation that goes on with
 * nothing in between costs the list no write.
 */
export function project(rows: Rows, change: Change): void {
  if (change.type !== "message") return;
  const { owner, peer, seq } = change;
  if (rows.get(newestKey(owner)) === peer) return;
  rows.put(newestKey(owner), peer);
  const chat = conversation(rows, owner, peer);
  if (chat.listed > 0) rows.remove(listKey(owner, chat.listed));
  rows.put(listKey(owner, seq), peer);
  rows.put(chatKey(owner, peer), { ...chat, listed: seq });
}

/** A user's conversations, the one with the newest message first. */
export function answer(rows: Reading, query: Extract<Query, { view: "chats" }>): ChatsAnswer {
  const { owner, before, limit } = query;
  const found = rows.range(listKey(owner), {
    ...(before !== undefined && { to: before }),
    reverse: true,
  });
  const { page, more } = paged(found, limit, ([, peer]) => {
    const row = shown(rows, owner, peer);
    // The one that was on top at `before` may be listed below it.
    return before === undefined || (row && row.last.seq < before) ? row : undefined;
  });
  return { chats: page, more };
}

function shown(rows: Reading, owner: string, peer: string): ChatRow | undefined {
  const chat = conversation(rows, owner, peer);
  const last = message(rows, owner, peer, chat.last);
  return (
    last && {
      peer,
      last,
      unread: chat.unread,
      delivered: chat.mine.delivered,
      read: chat.mine.read,
      peerDelivered: chat.theirs.delivered,
      peerRead: chat.theirs.read,
    }
  );
}
