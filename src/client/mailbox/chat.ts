import { claimOf, isReceipt } from "../../rules/receipts.ts";
import type { Send } from "../../rules/sends.ts";
import type { ServerFrame } from "../../protocol/frames/frame.ts";
import type { ChatRow } from "../../protocol/frames/chats.ts";
import type { HistoryAnswer, MessageRow } from "../../protocol/frames/history.ts";
import { advance, NOTHING_YET, type Watermarks } from "../../rules/watermarks.ts";
import type { ChatMessage, MessageStatus } from "../api.ts";

export type EventFrame = Extract<ServerFrame, { t: "event" }>;

/** Newest messages kept per chat; what the user loads besides stays as long as the client lives. */
export const MESSAGES_KEPT = 200;

/** A conversation as this device knows it: a fold of the mailbox, or an answer of the views. */
export interface LocalChat {
  readonly peer: string;
  /** The mailbox seq this is true for: what lies at or before it has been folded in. */
  readonly seq: number;
  /** Stored messages by seq, without a gap up to the newest. */
  readonly messages: readonly MessageRow[];
  /** There are earlier ones on the server. */
  readonly more: boolean;
  /** Messages kept at most. */
  readonly room: number;
  /** The highest position received from the peer. */
  readonly received: number;
  /** What is stored about the user's reading here: on any device. */
  readonly mine: Watermarks;
  readonly theirs: Watermarks;
  /** What the user has read on this device, perhaps not stored yet. */
  readonly seen: number;
  readonly unread: number;
}

export const newChat = (peer: string): LocalChat => ({
  peer,
  seq: 0,
  messages: [],
  more: false,
  room: MESSAGES_KEPT,
  received: 0,
  mine: NOTHING_YET,
  theirs: NOTHING_YET,
  seen: 0,
  unread: 0,
});

/** Whose conversation an event of the user's mailbox belongs to. */
export function peerOf(user: string, { event }: EventFrame): string | undefined {
  if (event.type === "MessageSent") return event.author === user ? event.to : event.author;
  if (isReceipt(event)) return event.author === user ? event.peer : event.author;
  return undefined;
}

/** The fact, when it is a message of the user's own. */
export const sentBy = (user: string, { event }: EventFrame): Send | undefined =>
  event.type === "MessageSent" && event.author === user ? event : undefined;

/** The chat after an event. Repeats, and what an answer of the views contained, change nothing. */
export function fold(chat: LocalChat, user: string, frame: EventFrame): LocalChat {
  const { seq, event } = frame;
  if (seq <= chat.seq) return chat;
  const next = { ...chat, seq };
  if (isReceipt(event)) {
    const claim = claimOf(event);
    if (event.author === user)
      return counted({ ...next, mine: advance(chat.mine, claim, chat.received) });
    // The peer's actor has clamped it to what the peer was sent.
    return { ...next, theirs: advance(chat.theirs, claim, Number.MAX_SAFE_INTEGER) };
  }
  if (event.type !== "MessageSent") return next;
  const { author, to, cid, body } = event;
  if (!("position" in event))
    return added(next, { seq, id: `${author}:${seq}`, author, to, cid, body, sentAt: frame.at });
  if (event.position <= chat.received) return next;
  const id = `${author}:${event.position}`;
  const told = { ...next, received: event.position, unread: chat.unread + 1 };
  return counted(added(told, { seq, id, author, to, cid, body, sentAt: event.sentAt }));
}

/** A chat as the views know it at `seq`; `page`, its newest messages, may be of a later seq. */
export function chatOf(row: ChatRow, seq: number, page?: HistoryAnswer): LocalChat {
  const messages = page?.messages.length ? page.messages : [row.last];
  const heard = messages.filter((message) => message.author === row.peer && message.seq <= seq);
  return {
    ...newChat(row.peer),
    seq,
    messages,
    more: page?.more ?? true,
    received: Math.max(row.delivered, row.read, ...heard.map(positionOf)),
    mine: { delivered: row.delivered, read: row.read },
    theirs: { delivered: row.peerDelivered, read: row.peerRead },
    unread: row.unread,
  };
}

/** The chat with a page of what came before its oldest message. */
export function prepend(chat: LocalChat, { messages, more }: HistoryAnswer): LocalChat {
  const oldest = chat.messages[0]?.seq ?? Infinity;
  const older = messages.filter((message) => message.seq < oldest);
  const all = [...older, ...chat.messages];
  return counted({ ...chat, messages: all, more, room: chat.room + older.length });
}

/** The chat after its user has read so far on this device. */
export const seenUpTo = (chat: LocalChat, seen: number): LocalChat => counted({ ...chat, seen });

/** The chat as it goes into the storage. */
export function trimmed(chat: LocalChat, room: number = MESSAGES_KEPT): LocalChat {
  if (chat.messages.length <= room) return { ...chat, room };
  return { ...chat, room, more: true, messages: chat.messages.slice(-room) };
}

/** How far a user's own message has come. */
function statusOf({ peer, theirs }: LocalChat, { author, seq }: MessageRow): MessageStatus {
  if (author === peer || seq <= theirs.read) return author === peer ? "sent" : "read";
  return seq <= theirs.delivered ? "delivered" : "sent";
}

export function shown(chat: LocalChat, row: MessageRow): ChatMessage {
  const { sentAt, ...message } = row;
  return { ...message, at: sentAt, status: statusOf(chat, row) };
}

/** The messages that are new or look different in `after`. */
export function changed(
  before: LocalChat,
  after: LocalChat,
): { message: ChatMessage; fresh: boolean }[] {
  const was = new Map(before.messages.map((row) => [row.id, statusOf(before, row)]));
  return after.messages
    .map((row) => ({ message: shown(after, row), fresh: !was.has(row.id) }))
    .filter(({ message, fresh }) => fresh || was.get(message.id ?? "") !== message.status);
}

/** Is `unread` exact? Not when the read watermark lies before everything loaded. */
export const isCounted = (chat: LocalChat): boolean =>
  !chat.more || readUpTo(chat) >= chat.received || heard(chat).some((at) => at <= readUpTo(chat));

const readUpTo = (chat: LocalChat): number => Math.max(chat.mine.read, chat.seen);
const positionOf = ({ id }: MessageRow): number => positionIn(id);
/** The position in a message's id. */
export const positionIn = (id: string): number => Number(id.slice(id.indexOf(":") + 1));
const heard = ({ peer, messages }: LocalChat): number[] =>
  messages.filter(({ author }) => author === peer).map(positionOf);

function counted(chat: LocalChat): LocalChat {
  if (!isCounted(chat)) return chat;
  const read = readUpTo(chat);
  return { ...chat, unread: heard(chat).filter((position) => position > read).length };
}

/** A page of history may have brought the message before its event. */
function added(chat: LocalChat, row: MessageRow): LocalChat {
  if (chat.messages.some(({ seq }) => seq === row.seq)) return chat;
  const place = chat.messages.findLastIndex(({ seq }) => seq < row.seq) + 1;
  return trimmed({ ...chat, messages: chat.messages.toSpliced(place, 0, row) }, chat.room);
}
