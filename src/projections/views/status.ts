import { parseMessageId } from "../../events/messageid.ts";
import type { MessageRow } from "../../protocol/frames/history.ts";
import type { StatusAnswer } from "../../protocol/frames/status.ts";
import type { Query } from "../../protocol/internal/query.ts";
import type { Watermarks } from "../../rules/watermarks.ts";
import type { View } from "../view.ts";
import type { Change } from "./change.ts";
import { conversation, conversations } from "./conversation.ts";
import { ownAt, receivedAt } from "./history.ts";
import type { Reading, Rows } from "../store/rows.ts";
import { append, trackOf, upwards, type Track } from "./track.ts";

/** The way of a message so far. */
export const status = {
  name: "status",
  version: 1,
  of: "mailboxes",
  kinds: ["got", "gots", "read", "reads"],
  reads: [conversations.name],
  project,
  answer,
} as const satisfies View;

/** The positions that the peer's watermarks have reached, and when, ms since 1970. */
const GOT = trackOf("got");
const READ = trackOf("read");
const NEVER = Infinity;

/** Advances of the peer's receipts: to which position, and when. */
function project(rows: Rows, change: Change): void {
  if (change.type !== "receipt") return;
  const { owner, peer, before, now, at } = change;
  if (now.read > before.read) append(rows, READ, [owner, peer], [now.read, at]);
  // Read implies delivered: what is read at once needs no entry of its own.
  if (now.delivered > Math.max(before.delivered, now.read))
    append(rows, GOT, [owner, peer], [now.delivered, at]);
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
  const row = ownAt(rows, owner, position);
  if (row === undefined) return undefined;
  const peer = row.to;
  const readAt = reached(rows, READ, [owner, peer], position);
  const deliveredAt = Math.min(reached(rows, GOT, [owner, peer], position), readAt);
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

/** The time of the first receipt that reached the position. */
function reached(rows: Reading, of: Track, chat: [string, string], position: number): number {
  for (const [, at] of upwards(rows, of, chat, position)) return at;
  return NEVER;
}

function told({ id, to, sentAt }: MessageRow, position: number, ticks: Watermarks): StatusAnswer {
  const { delivered, read } = ticks;
  const tick = position <= read ? "read" : position <= delivered ? "delivered" : "sent";
  return { id, to, status: tick, sentAt };
}
