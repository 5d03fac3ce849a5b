import type { Copy } from "../../events/copy.ts";
import type { Mail } from "../../events/event.ts";
import type { Fact } from "../../events/fact.ts";
import { accept, type Sends } from "../../rules/sends.ts";
import { claimOf, isReceipt } from "../../rules/receipts.ts";
import { advance, NOTHING_YET, type Watermarks } from "../../rules/watermarks.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";
import type { View } from "../view.ts";
import type { Change } from "./change.ts";

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

/** Repeats: the last n of each client instance of an owner. */
const sendsKey: Kind<Sends> = kind("sends");
/** A conversation of an owner with a peer. */
const chatKey: Kind<Conversation> = kind("chat");

const SILENCE: Conversation = {
  heard: 0,
  received: 0,
  sent: 0,
  last: 0,
  mine: NOTHING_YET,
  theirs: NOTHING_YET,
  count: 0,
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
    const { received, count } = chat;
    return {
      type: "message",
      owner,
      peer,
      seq,
      mine: true,
      received,
      count,
      sentAt: at,
      cid,
      body,
    };
  }
  if (isReceipt(event)) {
    const chat = conversation(rows, owner, event.peer);
    const mine = advance(chat.mine, claimOf(event), chat.received);
    if (mine === chat.mine) return undefined;
    rows.put(chatKey(owner, event.peer), { ...chat, mine });
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
    const count = chat.count + 1;
    rows.put(chatKey(owner, peer), { ...chat, received, last: seq, count });
    return { type: "message", owner, peer, seq, mine: false, received, count, sentAt, cid, body };
  }
  const theirs = advance(chat.theirs, claimOf(event), chat.sent);
  rows.put(chatKey(owner, peer), { ...chat, theirs });
  if (theirs === chat.theirs) return undefined;
  return { type: "receipt", owner, peer, at, before: chat.theirs, now: theirs };
}
