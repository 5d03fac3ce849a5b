import { parseMessageId } from "../../events/messageid.ts";
import type { MessageRow } from "../../protocol/frames/history.ts";
import type { StatusAnswer } from "../../protocol/frames/status.ts";
import type { Query } from "../../protocol/internal/query.ts";
import type { Watermarks } from "../../rules/watermarks.ts";
import type { View } from "../view.ts";
import type { Change } from "./change.ts";
import { conversation, conversations } from "./conversation.ts";
import { message, receivedAt } from "./history.ts";
import { kind, type Key, type Kind, type Reading, type Rows } from "../store/rows.ts";

/** How far a message has come. */
export const status = {
  name: "status",
  version: 1,
  of: "mailboxes",
  kinds: ["sent", "got", "read"],
  reads: [conversations.name],
  project,
  answer,
} as const satisfies View;

/** To whom an own message went. */
const sentKey: Kind<string> = kind("sent");
/** When the peer's watermarks reached a position, ms since 1970. */
const gotKey: Kind<number> = kind("got");
const readKey: Kind<number> = kind("read");
const NEVER = Infinity;

/** To whom a message went, and when the peer's receipts reached which position: one row per advance. */
function project(rows: Rows, change: Change): void {
  const { owner, peer } = change;
  if (change.type === "message") {
    if (change.mine) rows.put(sentKey(change.place, owner), peer);
    return;
  }
  const { before, now, at } = change;
  if (now.read > before.read) rows.put(readKey(owner, peer, now.read), at);
  // Read implies delivered: what is read at once needs no row of its own.
  if (now.delivered > Math.max(before.delivered, now.read))
    rows.put(gotKey(owner, peer, now.delivered), at);
}

/**
 * How far a message got, from the asker's own mailbox. Its author is also told when; its addressee
 * knows. Undefined for everybody else, as for a message that is not there.
 */
function answer(
  rows: Reading,
  { owner, id }: Extract<Query, { view: "status" }>,
): StatusAnswer | undefined {
  const { mailbox: author, position } = parseMessageId(id) ?? { mailbox: "", position: 0 };
  return author === owner ? ofMine(rows, owner, position) : ofTheirs(rows, owner, author, position);
}

function ofMine(rows: Reading, owner: string, position: number): StatusAnswer | undefined {
  const peer = rows.get(sentKey(position, owner));
  const row = peer === undefined ? undefined : message(rows, owner, peer, position);
  if (peer === undefined || row === undefined) return undefined;
  const readAt = reached(rows, readKey(owner, peer), position);
  const deliveredAt = Math.min(reached(rows, gotKey(owner, peer), position), readAt);
  return {
    ...told(row, position, conversation(rows, owner, peer).theirs),
    ...(deliveredAt < NEVER && { deliveredAt }),
    ...(readAt < NEVER && { readAt }),
  };
}

function ofTheirs(
  rows: Reading,
  owner: string,
  author: string,
  position: number,
): StatusAnswer | undefined {
  const chat = conversation(rows, owner, author);
  const row = receivedAt(rows, owner, author, position);
  return row && told(row, position, chat.mine);
}

/** When the first receipt came that reached the position. */
function reached(rows: Reading, prefix: Key<number>, position: number): number {
  for (const [, at] of rows.range(prefix, { from: position })) return at;
  return NEVER;
}

function told({ id, to, sentAt }: MessageRow, position: number, ticks: Watermarks): StatusAnswer {
  const { delivered, read } = ticks;
  const tick = position <= read ? "read" : position <= delivered ? "delivered" : "sent";
  return { id, to, status: tick, sentAt };
}
