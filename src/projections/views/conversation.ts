import type { Mail } from "../../events/event.ts";
import { fold as foldMail, isSend, peerOf } from "../../rules/conversation.ts";
import { SILENCE, type Conversation } from "../../rules/standing.ts";
import type { Sends } from "../../rules/sends.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";
import type { View } from "../view.ts";
import type { Change, Message } from "./change.ts";

/** A conversation as the views keep it: what the rule book knows of it, and what is counted. */
export interface Chat extends Conversation {
  /** Seq of the last message of either side; 0 = none yet. */
  readonly last: number;
  /** Messages received from the peer so far. */
  readonly count: number;
}

/** The ground of every other view of a mailbox: what has been seen of each conversation. */
export const conversations = {
  name: "conversations",
  version: 1,
  of: "mailboxes",
  kinds: ["sends", "chat"],
  reads: [],
} as const satisfies View;

/** Repeats: the numbers used of each client instance of an owner. */
const sendsKey: Kind<Sends> = kind("sends");
/** A conversation of an owner with a peer. */
const chatKey: Kind<Chat> = kind("chat");

const NO_CHAT: Chat = { ...SILENCE, last: 0, count: 0 };
const NO_SENDS: Sends = [];

/** An owner's list of repeats. */
export const sendsOf = (rows: Reading, owner: string): Sends =>
  rows.get(sendsKey(owner)) ?? NO_SENDS;

export const conversation = (rows: Reading, owner: string, peer: string): Chat =>
  rows.get(chatKey(owner, peer)) ?? NO_CHAT;

/** Folds an entry into its conversation. Undefined: a repeat, or nothing that shows. */
export function fold(rows: Rows, mail: Mail): Change | undefined {
  const { owner, seq, at } = mail;
  const peer = peerOf(mail);
  if (peer === undefined) return undefined;
  const sends = isSend(mail) ? sendsOf(rows, owner) : NO_SENDS;
  const before = conversation(rows, owner, peer);
  const folded = foldMail(before, sends, mail);
  if (folded === undefined) return undefined;
  if (folded.sends !== sends) rows.put(sendsKey(owner), folded.sends);
  const { what, chat } = folded;
  if (what === "message") {
    const count = chat.count + (mail.kind === "copy" ? 1 : 0);
    rows.put(chatKey(owner, peer), { ...chat, last: seq, count });
    return message(mail, peer, chat.received, count);
  }
  rows.put(chatKey(owner, peer), chat);
  if (what === "heard" || mail.kind === "fact") return undefined;
  return { type: "receipt", owner, peer, at, before: before.theirs, now: chat.theirs };
}

/** A message as the other views take it. */
function message(mail: Mail, peer: string, received: number, count: number): Message | undefined {
  const { owner, seq, at, event } = mail;
  if (event.type !== "MessageSent") return undefined;
  const { cid, body } = event;
  const mine = mail.kind === "fact";
  const sentAt = "sentAt" in event ? event.sentAt : at;
  const replaces = "device" in event ? event.replaces : undefined;
  const said = { owner, peer, seq, mine, received, count, sentAt, cid, body };
  return { type: "message", ...said, replaces };
}
