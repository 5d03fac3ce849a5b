import type { Mail } from "../../events/event.ts";
import type { Owner } from "../../events/owner.ts";
import { isGroup } from "../../events/messageid.ts";
import { generationOf, positionAt, seqOf, type Mark } from "../../events/position.ts";
import { fold, isSend, peerOf, type Folded } from "../../rules/conversation.ts";
import { SILENCE, type Conversation } from "../../rules/standing.ts";
import type { Sends } from "../../rules/sends.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";
import type { View } from "../view.ts";
import type { Change, Message } from "./change.ts";

/** Things of a conversation that only the views keep. */
interface Counted {
  /** Place of the last message of either side; 0 = none yet. */
  readonly last: number;
  /** Messages received from the peer so far. */
  readonly count: number;
  /** The time at which the conversation came to the top of the owner's list; 0 = it is not there yet. */
  readonly listed: number;
  /** The time of its last message in the owner's list, ms since 1970. */
  readonly at: number;
}

/** A conversation as the views keep it: what the rule book knows of it, and what is counted. */
interface Chat extends Conversation, Counted {}

/** The ground of every other view of a mailbox: what has been seen of each conversation. */
export const conversations = {
  name: "conversations",
  version: 4,
  of: "mailboxes",
  kinds: ["sends", "chat", "newest", "marks"],
  reads: [],
} as const satisfies View;

/** Repeats: the numbers used of each client instance of an owner. */
const sendsKey: Kind<Sends> = kind("sends");
/** A conversation of an owner with a peer. */
const chatKey: Kind<Flat> = kind("chat");
/** The peer of the conversation on top of an owner's list. */
const newestKey: Kind<string> = kind("newest");
/** A conversation as it is stored: no row is read and written more often, and names of fields took most of its bytes. */
type Flat = ReturnType<typeof flat>;

/** The beginnings of the stream's generations but 0; no row while there is none. */
const marksKey: Kind<readonly Mark[]> = kind("marks");

const NO_CHAT: Chat = { ...SILENCE, last: 0, count: 0, listed: 0, at: 0 };
const NO_SENDS: Sends = [];

/** An owner's list of repeats. */
export const sendsOf = (rows: Reading, owner: string): Sends =>
  rows.get(sendsKey(owner)) ?? NO_SENDS;

/** Takes what the stream says of itself. */
export function keepMarks(rows: Rows, { marks }: Owner): void {
  if (marks.length > 0) rows.put(marksKey(), marks);
}

/** The place of a seq in its stream, there or not: what is asked for by seq lies under places. */
export const placeOf = (rows: Reading, seq: number): number =>
  positionAt(rows.get(marksKey()) ?? [], seq);

/** A place as the wire says it. */
export function seqAndGeneration(place: number): { seq: number; generation?: number } {
  const generation = generationOf(place);
  return { seq: seqOf(place), ...(generation > 0 && { generation }) };
}

export const conversation = (rows: Reading, owner: string, peer: string): Chat =>
  round(rows.get(chatKey(owner, peer)));

const flat = (
  { heard, received, sent, mine, theirs }: Conversation,
  { last, count, listed, at }: Counted,
) =>
  [
    heard,
    received,
    sent,
    mine.delivered,
    mine.read,
    theirs.delivered,
    theirs.read,
    last,
    count,
    listed,
    at,
  ] as const;

function round(row: Flat | undefined): Chat {
  if (row === undefined) return NO_CHAT;
  const [heard, received, sent, delivered, read, gotByPeer, readByPeer, last, count, ...top] = row;
  const [listed, at] = top;
  const theirs = { delivered: gotByPeer, read: readByPeer };
  return { heard, received, sent, mine: { delivered, read }, theirs, last, count, listed, at };
}

/** Folds an entry into its conversation. Undefined: a repeat, or nothing that shows. */
export function foldRows(rows: Rows, mail: Mail): Change | undefined {
  const { owner, position: place, at } = mail;
  const peer = peerOf(mail);
  if (peer === undefined) return undefined;
  const key = chatKey(owner, peer);
  const sends = isSend(mail) ? sendsOf(rows, owner) : NO_SENDS;
  const before = round(rows.get(key));
  const folded = fold(before, sends, mail);
  if (folded === undefined) return undefined;
  if (folded.sends !== sends) rows.put(sendsKey(owner), folded.sends);
  const { what, chat } = folded;
  if (isGroup(peer)) return ofGroup(rows, mail, peer, { what, row: flat(chat, before) });
  switch (what) {
    case "message": {
      const count = before.count + (mail.kind === "copy" ? 1 : 0);
      const risen = rise(rows, owner, peer, before.listed, Math.max(at, before.at));
      rows.put(key, flat(chat, { last: place, count, listed: risen.listed, at: risen.at }));
      return message(mail, { peer, received: chat.received, count, listing: risen.listing });
    }
    case "receipt":
      rows.put(key, flat(chat, before));
      if (mail.kind === "fact") return undefined;
      return { type: "receipt", owner, peer, at, before: before.theirs, now: chat.theirs };
    case "asked":
    case "heard":
      rows.put(key, flat(chat, before));
      return undefined;
  }
  return what satisfies never;
}

/**
 * Puts a conversation on top of the list, unless it is there. Its time there is above that of any other one: whatever
 * the broker's clocks say, no two of a list share one.
 */
function rise(
  rows: Rows,
  owner: string,
  peer: string,
  listed: number,
  at: number,
): Pick<Chat, "at" | "listed"> & Pick<Message, "listing"> {
  const newest = newestKey(owner);
  const top = rows.get(newest);
  if (top === peer) return { at, listed, listing: undefined };
  rows.put(newest, peer);
  const below = top === undefined ? 0 : conversation(rows, owner, top).at;
  const risen = Math.max(at, below + 1);
  return { at: risen, listed: risen, listing: { before: listed, at: risen } };
}

/** Of what a user's mailbox has of a group, stays and the keys of sends are other views': the group's own has the rest. */
function ofGroup(
  rows: Rows,
  mail: Mail,
  group: string,
  { what, row }: { readonly what: Folded["what"]; readonly row: Flat },
): Change | undefined {
  const { owner, position: place, at, event } = mail;
  if (what !== "asked") rows.put(chatKey(owner, group), row);
  const of = { owner, peer: group };
  switch (event.type) {
    case "GroupJoined":
    case "GroupLeft":
      return { type: "membership", ...of, at, event };
    case "Refused":
      return { type: "refused", ...of, cid: event.cid, code: event.code };
    case "MessageSent": {
      const key = what === "asked" && "key" in event ? event.key : undefined;
      return key === undefined ? undefined : { type: "keyed", ...of, place, cid: event.cid, key };
    }
    case "MessageDelivered":
    case "MessageRead":
    case "GroupAsked":
    case "SessionOpened":
    case "SessionClosed":
    case "HeadAsked":
    case "SignedOut":
      return undefined;
  }
  return event satisfies never;
}

/** A message as the other views take it. */
function message(
  mail: Mail,
  known: Pick<Message, "peer" | "received" | "count" | "listing">,
): Message | undefined {
  const { owner, position: place, at, event } = mail;
  if (event.type !== "MessageSent") return undefined;
  const { cid, body } = event;
  const data = event.data && JSON.stringify(event.data);
  const mine = mail.kind === "fact";
  const sentAt = "sentAt" in event ? event.sentAt : at;
  const { replaces, key } = "device" in event ? event : {};
  const { peer, received, count, listing } = known;
  return {
    type: "message",
    owner,
    peer,
    place,
    mine,
    received,
    count,
    sentAt,
    cid,
    body,
    data,
    replaces,
    key,
    listing,
  };
}
