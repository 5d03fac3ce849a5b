import type { Mail } from "../../events/event.ts";
import { messageId } from "../../events/messageid.ts";
import { positionOf as placeOf } from "../../events/position.ts";
import type { Footing } from "../../protocol/frames/hello.ts";
import type { ChatRow } from "../../protocol/frames/chats.ts";
import { isMessage, type HistoryAnswer, type MessageRow } from "../../protocol/frames/history.ts";
import type { EventFrame } from "../../protocol/frames/mailbox.ts";
import { fold, isSend, type Folded } from "../../rules/conversation.ts";
import { SILENCE } from "../../rules/standing.ts";
import type { Sends } from "../../rules/sends.ts";
import type { ChatMessage, MessageStatus } from "../message.ts";
import type { LocalChat } from "./localchat.ts";
import type { Shown } from "../outbox/entry.ts";
import { letterOf } from "../outbox/letter.ts";

/** Newest messages kept per chat; what the user loads besides stays as long as the client lives. */
export const MESSAGES_KEPT = 200;

export const newChat = (peer: string): LocalChat => ({
  ...SILENCE,
  peer,
  seq: 0,
  messages: [],
  more: false,
  room: MESSAGES_KEPT,
  seen: 0,
  unread: 0,
});

/** An event as the entry of the user's mailbox that it is. */
export function mailOf({ mailbox: owner, seq, at, generation = 0, event }: EventFrame): Mail {
  const position = placeOf(generation, seq);
  return { kind: kindOf(event), owner, seq, at, generation, position, event } as Mail;
}

/** The event as a cursor stands on it. */
export const footingOf = ({ seq, at, generation }: EventFrame): Footing => ({
  seq,
  at,
  ...(generation !== undefined && { generation }),
});

/** A frame does not say on which subject its entry lies, but no two families have the same fields. */
function kindOf(event: EventFrame["event"]): Mail["kind"] {
  if ("cause" in event) return "copy";
  return "sessionId" in event || "before" in event ? "session" : "fact";
}

/** The fact, when it is a message of the user's own. */
export function sentBy(frame: EventFrame): Shown | undefined {
  const { event } = frame;
  return isSend(mailOf(frame)) && event.type === "MessageSent" ? event : undefined;
}

/**
 * The chat and the list of repeats after an entry of the mailbox; undefined: nothing has changed. An
 * entry that an answer of the views contained is in the chat already.
 */
export function foldLocal(
  chat: LocalChat,
  sends: Sends,
  mail: Mail,
): Folded<LocalChat> | undefined {
  const folded = fold(chat, sends, mail);
  if (folded === undefined) return undefined;
  if (mail.seq <= chat.seq) return { ...folded, chat };
  const next = { ...folded.chat, seq: mail.seq };
  return { ...folded, chat: folded.what === "message" ? withMessage(next, mail) : counted(next) };
}

/** The chat with the message that the entry is. */
function withMessage(chat: LocalChat, mail: Mail): LocalChat {
  const { event, seq, at, generation } = mail;
  const where = { seq, ...(generation > 0 && { generation }) };
  if (event.type !== "MessageSent") return chat;
  const { author, cid } = event;
  const said = { ...where, author, cid, ...letterOf(event) };
  if (!("position" in event)) {
    const { replaces } = event;
    const row = { ...said, id: messageId(author, mail.position), sentAt: at };
    return added(chat, { ...row, ...(replaces && { replaces }) });
  }
  const { position, sentAt } = event;
  const row = { ...said, id: messageId(author, position), sentAt };
  return counted(added({ ...chat, unread: chat.unread + 1 }, row));
}

/** A chat as the views know it at `seq`; `page`, its newest messages, may be of a later seq. */
export function chatOf(row: ChatRow, seq: number, page?: HistoryAnswer): LocalChat {
  const { received } = row;
  const messages = page?.messages.filter(isMessage) ?? [];
  return {
    ...newChat(row.peer),
    seq,
    messages: messages.length > 0 ? messages : [row.last],
    more: page?.more ?? true,
    // A message's cause is its position. Receipts heard since are not known; they are not above `theirs`.
    heard: received,
    received,
    // Not above it lies whatever was sent: no true receipt is held back.
    sent: placeOf(row.last.generation ?? 0, seq),
    mine: { delivered: row.delivered, read: row.read },
    theirs: { delivered: row.peerDelivered, read: row.peerRead },
    unread: row.unread,
  };
}

/** The chat with a page of what came before its oldest message. */
export function prepend(chat: LocalChat, { messages, more }: HistoryAnswer): LocalChat {
  const oldest = chat.messages[0]?.seq ?? Infinity;
  const older = messages.filter(isMessage).filter((message) => message.seq < oldest);
  const room = chat.room + older.length;
  return counted({ ...chat, messages: [...older, ...chat.messages], more, room });
}

/** The chat after its user has read so far on this device. */
export const seenUpTo = (chat: LocalChat, seen: number): LocalChat => counted({ ...chat, seen });

/** The chat as it goes into the storage. */
export function trimmed(chat: LocalChat, room: number = MESSAGES_KEPT): LocalChat {
  if (chat.messages.length <= room) return { ...chat, room };
  return { ...chat, room, more: true, messages: chat.messages.slice(-room) };
}

/** How far a user's own message has come. */
function statusOf({ peer, theirs }: LocalChat, row: MessageRow): MessageStatus {
  if (row.author === peer) return "sent";
  const position = positionOf(row);
  if (position <= theirs.read) return "read";
  return position <= theirs.delivered ? "delivered" : "sent";
}

export function shown(chat: LocalChat, row: MessageRow): ChatMessage {
  const { sentAt, replaces: _, generation: _of, ...message } = row;
  const mine = row.author !== chat.peer;
  return { ...message, mine, at: sentAt, status: statusOf(chat, row) };
}

/** The message that an entry has brought to the chat; a page of history may have brought it before. */
export function brought(before: LocalChat, after: LocalChat): ChatMessage | undefined {
  const isNew = ({ seq }: MessageRow): boolean => seq === after.seq;
  const row = after.messages.findLast(isNew);
  return row && !before.messages.some(isNew) ? shown(after, row) : undefined;
}

/** Is `unread` exact? Not when the read watermark lies before everything loaded. */
export const isCounted = (chat: LocalChat): boolean =>
  !chat.more ||
  readUpTo(chat) >= chat.received ||
  positionsOf(chat).some((at) => at <= readUpTo(chat));

/** The position up to which the user has read, on any device. */
export const readUpTo = (chat: LocalChat): number => Math.max(chat.mine.read, chat.seen);
const positionOf = ({ id }: MessageRow): number => positionIn(id);
/** The position in a message's id. */
export const positionIn = (id: string): number => Number(id.slice(id.indexOf(":") + 1));
const positionsOf = ({ peer, messages }: LocalChat): number[] =>
  messages.filter(({ author }) => author === peer).map(positionOf);

function counted(chat: LocalChat): LocalChat {
  if (!isCounted(chat)) return chat;
  const read = readUpTo(chat);
  return { ...chat, unread: positionsOf(chat).filter((position) => position > read).length };
}

/** A page of history may have brought the message before its event. */
function added(chat: LocalChat, row: MessageRow): LocalChat {
  if (chat.messages.some(({ seq }) => seq === row.seq)) return chat;
  const place = chat.messages.findLastIndex(({ seq }) => seq < row.seq) + 1;
  return trimmed({ ...chat, messages: chat.messages.toSpliced(place, 0, row) }, chat.room);
}
