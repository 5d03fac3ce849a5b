import type { Copy } from "../../events/copy.ts";
import type { Mail } from "../../events/event.ts";
import type { Fact } from "../../events/fact.ts";
import { accept, type Sends } from "../../rules/sends.ts";
import { claimOf, isReceipt } from "../../rules/receipts.ts";
import { advance, NOTHING_YET, type Watermarks } from "../../rules/watermarks.ts";
import { readBehind } from "./history.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";

/** Where a conversation stands in one of its two mailboxes. */
export interface Conversation {
  /** Cause of the last copy heard from the peer; what comes no higher is a repeat. */
  readonly heard: number;
  /** Position of the last message received from the peer, and of the last one sent. */
  readonly received: number;
  readonly sent: number;
  /** Seq of the last message of either side; 0 = none yet. */
  readonly last: number;
  /** The owner's receipts for the peer's messages, and the other way round. */
  readonly mine: Watermarks;
  readonly theirs: Watermarks;
  readonly unread: number;
  /** Up to this seq every message of the peer has been read. */
  readonly readTo: number;
  /** Its place in the chat list; 0 = none yet. */
  readonly listed: number;
}

/** What an entry of a mailbox changes; every view is a fold of these. */
export type Change = Message | Receipt;

export interface Message {
  readonly type: "message";
  readonly owner: string;
  readonly peer: string;
  readonly seq: number;
  /** Sent by the owner? */
  readonly mine: boolean;
  /** Position of the last message received from the peer: this one, unless it is the owner's. */
  readonly received: number;
  readonly sentAt: number;
  readonly cid: string;
  readonly body: string;
}

/** The peer received or read more of the owner's messages. */
export interface Receipt {
  readonly type: "receipt";
  readonly owner: string;
  readonly peer: string;
  readonly at: number;
  readonly before: Watermarks;
  readonly now: Watermarks;
}

const sendsKey: Kind<Sends> = kind("sends");
export const chatKey: Kind<Conversation> = kind("chat");

const SILENCE: Conversation = {
  heard: 0,
  received: 0,
  sent: 0,
  last: 0,
  mine: NOTHING_YET,
  theirs: NOTHING_YET,
  unread: 0,
  readTo: 0,
  listed: 0,
};

export const conversation = (rows: Reading, owner: string, peer: string): Conversation =>
  rows.get(chatKey(owner, peer)) ?? SILENCE;

/** Folds an entry into its conversation. Undefined: a repeat, or nothing that shows. */
export const fold = (rows: Rows, mail: Mail): Change | undefined =>
  mail.kind === "fact" ? stated(rows, mail, mail.event) : told(rows, mail, mail.event);

type Place = Pick<Mail, "owner" | "seq" | "at">;

/** The owner did this. */
function stated(rows: Rows, { owner, seq, at }: Place, event: Fact): Change | undefined {
  if (event.type === "MessageSent") {
    const { to: peer, cid, body } = event;
    const sends = rows.get(sendsKey(owner)) ?? [];
    const accepted = accept(sends, event);
    if (accepted === sends) return undefined;
    rows.put(sendsKey(owner), accepted);
    const chat = conversation(rows, owner, peer);
    rows.put(chatKey(owner, peer), { ...chat, sent: seq, last: seq });
    const { received } = chat;
    return { type: "message", owner, peer, seq, mine: true, received, sentAt: at, cid, body };
  }
  if (isReceipt(event)) {
    const chat = conversation(rows, owner, event.peer);
    const mine = advance(chat.mine, claimOf(event), chat.received);
    if (mine === chat.mine) return undefined;
    const read = mine.read > chat.mine.read && markRead(rows, owner, event.peer, chat, mine.read);
    rows.put(chatKey(owner, event.peer), { ...chat, mine, ...read });
  }
  return undefined;
}

/** The actor of the author's mailbox told the owner this. */
function told(rows: Rows, { owner, seq, at }: Place, event: Copy): Change | undefined {
  const { author: peer, cause } = event;
  const before = conversation(rows, owner, peer);
  if (cause <= before.heard) return undefined;
  const chat = { ...before, heard: cause };
  if (event.type === "MessageSent") {
    const { position: received, sentAt, cid, body } = event;
    const unread = chat.unread + 1;
    rows.put(chatKey(owner, peer), { ...chat, received, last: seq, unread });
    return { type: "message", owner, peer, seq, mine: false, received, sentAt, cid, body };
  }
  const theirs = advance(chat.theirs, claimOf(event), chat.sent);
  rows.put(chatKey(owner, peer), { ...chat, theirs });
  if (theirs === chat.theirs) return undefined;
  return { type: "receipt", owner, peer, at, before: chat.theirs, now: theirs };
}

/** Counts down what is read now. Each message is walked over once in its life. */
function markRead(
  rows: Reading,
  owner: string,
  peer: string,
  chat: Conversation,
  read: number,
): Pick<Conversation, "unread" | "readTo"> {
  if (read >= chat.received) return { unread: 0, readTo: chat.last };
  const walked = readBehind(rows, owner, peer, chat.readTo, read);
  return { unread: chat.unread - walked.count, readTo: walked.readTo };
}
