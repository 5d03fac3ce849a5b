import type { ChatRow, ChatsAnswer } from "../../protocol/frames/chats.ts";
import type { Query } from "../../protocol/internal/query.ts";
import { isBehind } from "../../protocol/listed.ts";
import type { View } from "../view.ts";
import type { Change } from "./change.ts";
import { conversation, conversations, sendsOf } from "./conversation.ts";
import { lastOf, paged, unreadOf } from "./history.ts";
import { groupsOf, type OwnStay } from "./groups/ownstays.ts";
import { readHere } from "./readmarks.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";

/** The chat list of a user. */
export const chats = {
  name: "chats",
  version: 3,
  of: "mailboxes",
  kinds: ["list"],
  reads: [conversations.name],
  project,
  answer,
} as const satisfies View;

/** The list: the peer of a conversation, under the time at which it came to the top. */
const listKey: Kind<string> = kind("list");

/**
 * The order of the list. A conversation is listed under the time at which it came to the top, and
 * only then: that order is the order of the last messages, and a conversation that goes on with
 * nothing in between costs the list no write.
 */
function project(rows: Rows, change: Change): void {
  if (change.type !== "message" || change.listing === undefined) return;
  const { owner, peer, listing } = change;
  rows.remove(listKey(owner, listing.before));
  rows.put(listKey(owner, listing.at), peer);
}

/** The list as far as the asker's own mailbox tells it. */
export interface OwnChats extends ChatsAnswer {
  readonly chats: readonly ChatRow[];
  /** Groups whose rows are to come; absent: there are none. */
  readonly stays?: readonly OwnStay[];
}

/** A user's conversations, the one with the newest message first. */
function answer(rows: Reading, query: Extract<Query, { view: "chats" }>): OwnChats {
  const { owner, device, before, limit, repeats } = query;
  const stays = groupsOf(rows, owner);
  const found = rows.range(listKey(owner), {
    ...(before !== undefined && { to: before.at + 1 }),
    reverse: true,
  });
  const { page, more } = paged(found, limit, ([, peer]) => {
    const row = shown(rows, { owner, peer, device });
    // The one that was on top at `before` may be listed below it.
    return row !== undefined && isBehind(row, before) ? row : undefined;
  });
  const told = { ...(repeats && { repeats: sendsOf(rows, owner) }) };
  return { chats: page, more, ...told, ...(stays.length > 0 && { stays }) };
}

function shown(
  rows: Reading,
  { owner, peer, device }: { owner: string; peer: string; device: string },
): ChatRow | undefined {
  const chat = conversation(rows, owner, peer);
  const last = lastOf(rows, owner, peer);
  return (
    last && {
      peer,
      at: chat.at,
      last,
      unread: unreadOf(rows, owner, peer),
      received: chat.received,
      delivered: chat.mine.delivered,
      read: chat.mine.read,
      readHere: readHere(rows, owner, peer, device),
      peerDelivered: chat.theirs.delivered,
      peerRead: chat.theirs.read,
    }
  );
}
