import type { Mail } from "../../events/event.ts";
import { messageId } from "../../events/messageid.ts";
import { placed, positionOf as placeOf } from "../../events/position.ts";
import type { Footing } from "../../protocol/frames/hello.ts";
import type { ChatRow } from "../../protocol/frames/chats.ts";
import type { HistoryAnswer } from "../../protocol/frames/history.ts";
import type { EventFrame } from "../../protocol/frames/mailbox.ts";
import { fold, isSend, type Folded } from "../../rules/conversation.ts";
import { SILENCE } from "../../rules/standing.ts";
import type { Sends } from "../../rules/sends.ts";
import type { ChatMessage, MessageStatus } from "../message.ts";
import { rowsOf } from "../groups/line.ts";
import type { LocalChat, Row } from "./localchat.ts";
import type { Shown } from "../outbox/entry.ts";
import { faulty, letterOf } from "../outbox/letter.ts";

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

/**
 * An event as the entry of the user's mailbox that it is; undefined: it is a fact of a group, which lies in no user's. A frame does
 * not say on which subject its entry lies, but no two families have the same fields.
 */
export function mailOf(frame: EventFrame): Mail | undefined {
  const { mailbox: owner, seq, at, generation = 0, event } = frame;
  const place = { owner, seq, at, generation, position: placeOf(generation, seq) };
  if ("of" in event) return undefined;
  if ("cause" in event) return { kind: "copy", ...place, event };
  if ("sessionId" in event || "before" in event) return { kind: "session", ...place, event };
  return { kind: "fact", ...place, event };
}

/** The event as a cursor stands on it. */
export const footingOf = (event: Pick<EventFrame, "seq" | "generation" | "at">): Footing => ({
  ...placed(event),
  at: event.at,
});

/** The fact, when it is a message of the user's own. */
export const sentBy = (mail: Mail): Shown | undefined =>
  isSend(mail) && mail.event.type === "MessageSent" ? mail.event : undefined;

/** The word of the rule book, with the chat as a device knows it. */
interface FoldedChat extends Folded {
  readonly chat: LocalChat;
}

/**
 * The chat and the list of repeats after an entry of the mailbox; undefined: nothing has changed. An
 * entry that an answer of the views contained is in the chat already.
 */
export function foldLocal(chat: LocalChat, sends: Sends, mail: Mail): FoldedChat | undefined {
  const folded = fold(chat, sends, mail);
  if (folded === undefined) return undefined;
  if (mail.seq <= chat.seq) return { ...folded, chat };
  const next = { ...chat, ...folded.chat, seq: mail.seq };
  return { ...folded, chat: recounted(shownAs(folded.what, next, mail)) };
}

/** The chat with what an entry has changed of it. */
function shownAs(what: Folded["what"], chat: LocalChat, mail: Mail): LocalChat {
  switch (what) {
    case "message":
      return withMessage(chat, mail);
    case "receipt":
    case "asked":
    case "heard":
      return chat;
  }
  return what satisfies never;
}

/** Is it one of the user's own? In a group everybody writes to the same. */
export const isMine = ({ peer, group }: LocalChat, { author }: Pick<Row, "author">): boolean =>
  group === undefined ? author !== peer : author === group.me;
/** Is it a message of somebody else, or one of the user's own? A line is nobody's message. */
const isTheirs = (chat: LocalChat, row: Row): boolean => !isMine(chat, row) && !row.change;
export const isSent = (chat: LocalChat, row: Row): boolean => isMine(chat, row) && !row.change;

/** The chat with the message that the entry is. */
function withMessage(chat: LocalChat, mail: Mail): LocalChat {
  const { event, at } = mail;
  if (event.type !== "MessageSent") return chat;
  const { author, cid } = event;
  const said = { ...placed(mail), author, cid, ...letterOf(event) };
  if (!("position" in event)) {
    const { replaces } = event;
    const row = { ...said, id: messageId(author, mail.position), sentAt: at };
    return added(chat, { ...row, ...(replaces && { replaces }) });
  }
  const { position, sentAt } = event;
  const row = { ...said, id: messageId(author, position), sentAt };
  return added({ ...chat, unread: chat.unread + 1 }, row);
}

/** A chat as the views know it at `seq`; `page`, its newest messages, may be of a later seq. */
export function chatOf(row: ChatRow, seq: number, page?: HistoryAnswer): LocalChat {
  const { received } = row;
  return {
    ...newChat(row.peer),
    seq,
    messages: page?.messages.length ? rowsOf(row.peer, page.messages) : [row.last],
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
  const older = rowsOf(chat.peer, messages).filter((message) => message.seq < oldest);
  const room = chat.room + older.length;
  return recounted({ ...chat, messages: [...older, ...chat.messages], more, room });
}

/** The chat after its user has read so far on this device. */
export const seenUpTo = (chat: LocalChat, seen: number): LocalChat => recounted({ ...chat, seen });

/** The chat as it goes into the storage. */
export function trimmed<C extends LocalChat>(chat: C, room: number = MESSAGES_KEPT): C {
  if (chat.messages.length <= room) return { ...chat, room };
  return { ...chat, room, more: true, messages: chat.messages.slice(-room) };
}

/** How far a user's own message has come. */
function statusOf(chat: LocalChat, row: Row): MessageStatus {
  const { theirs } = chat;
  if (!isSent(chat, row)) return "sent";
  const position = positionOf(row);
  if (position <= theirs.read) return "read";
  return position <= theirs.delivered ? "delivered" : "sent";
}

export function shown(chat: LocalChat, row: Row): ChatMessage {
  const { sentAt, replaces: _, generation: _of, ...message } = row;
  const mine = isMine(chat, row);
  return { ...message, mine, at: sentAt, status: statusOf(chat, row) };
}

/** The message that an entry has brought to the chat; a page of history may have brought it before. */
export function brought(before: LocalChat, after: LocalChat): ChatMessage | undefined {
  const isNew = ({ seq }: Row): boolean => seq === after.seq;
  const row = after.messages.findLast(isNew);
  return row && !before.messages.some(isNew) ? shown(after, row) : undefined;
}

/** Is `unread` exact? Not when the read watermark lies before everything loaded. */
export const isCounted = (chat: LocalChat): boolean =>
  !chat.more ||
  readUpTo(chat) >= chat.received ||
  (chat.group ? chat.messages : chat.messages.filter((row) => isTheirs(chat, row))).some(
    (row) => positionOf(row) <= readUpTo(chat),
  );

/** The position up to which the user has read, on any device. Nothing of a group is unread from before the joining. */
const readUpTo = ({ mine, seen, group }: LocalChat): number =>
  Math.max(mine.read, seen, group?.from ?? 0);
const positionOf = ({ id }: Row): number => positionIn(id);
/** The position in a message's id. */
export const positionIn = (id: string): number => Number(id.slice(id.indexOf(":") + 1));
/** The same of a message that the chat's other side has. @throws ChatError `id.invalid`: it is none of theirs */
export function positionOfTheirs(chat: string, id: string): number {
  const position = positionIn(id);
  if (id.startsWith(`${chat}:`) && Number.isSafeInteger(position) && position > 0) return position;
  throw faulty("id.invalid", "upTo");
}
/** The loaded messages of others that the user has not read. */
export function unreadRows(chat: LocalChat): readonly Row[] {
  const read = readUpTo(chat);
  return chat.messages.filter((row) => isTheirs(chat, row) && positionOf(row) > read);
}

/** The chat with what is counted of its messages, if it can be. */
export function recounted<C extends LocalChat>(chat: C): C {
  if (!isCounted(chat)) return chat;
  const unread = unreadRows(chat);
  const { group } = chat;
  const mentioned = unread.some(({ mentions }) => mentions?.includes(group?.me ?? ""));
  return { ...chat, unread: unread.length, ...(group && { group: { ...group, mentioned } }) };
}

/** A page of history may have brought the message before its event. */
export function added<C extends LocalChat>(chat: C, row: Row): C {
  if (chat.messages.some(({ seq }) => seq === row.seq)) return chat;
  const place = chat.messages.findLastIndex(({ seq }) => seq < row.seq) + 1;
  return trimmed({ ...chat, messages: chat.messages.toSpliced(place, 0, row) }, chat.room);
}
