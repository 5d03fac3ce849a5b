import { messageId } from "../../events/messageid.ts";
import type { HistoryAnswer, MessageRow } from "../../protocol/frames/history.ts";
import type { Query } from "../../protocol/internal/query.ts";
import type { View } from "../view.ts";
import type { Change } from "./change.ts";
import { conversation, conversations, placeOf, seqAndGeneration } from "./conversation.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";

/** A message as it is stored. The content of the key (owner, peer, place) is not said again. */
type Text = readonly [
  mine: boolean,
  /** Position of the last message received from the peer, this one included: it only rises. */
  received: number,
  /** Messages received from the peer up to here, this one included. */
  count: number,
  sentAt: number,
  cid: string,
  body: string,
  replaces?: string,
];

/** A message, under its place in the owner's mailbox. */
const textKey: Kind<Text> = kind("text");

/**
 * JSON bytes of one answer: a page ends there however few rows it has, but it has at least one. An
 * answer is one message of the broker, which takes 256 KiB where `npm start` runs it.
 */
const PAGE_BYTES_MAX = 192 * 1024;

/** Pages of a conversation. */
export const history = {
  name: "history",
  version: 1,
  of: "mailboxes",
  kinds: ["text"],
  reads: [conversations.name],
  project,
  answer,
} as const satisfies View;

function project(rows: Rows, change: Change): void {
  if (change.type !== "message") return;
  const { owner, peer, place, mine, received, count, sentAt, cid, body, replaces } = change;
  const text: Text = [mine, received, count, sentAt, cid, body];
  rows.put(textKey(owner, peer, place), replaces === undefined ? text : [...text, replaces]);
}

/** A page of a conversation: from the newest back, back from `before`, or on from `after`. */
function answer(rows: Reading, query: Extract<Query, { view: "history" }>): HistoryAnswer {
  const { owner, peer, before, after, limit } = query;
  const found = rows.range(textKey(owner, peer), {
    ...(after !== undefined && { from: placeOf(rows, after + 1) }),
    ...(before !== undefined && { to: placeOf(rows, before) }),
    reverse: after === undefined,
  });
  const { page, more } = paged(found, limit, ([place, text]) => shown(owner, peer, place, text));
  return { messages: after === undefined ? page.toReversed() : page, more };
}

/** The message at a place of a mailbox; undefined when it is not there. */
export function message(
  rows: Reading,
  owner: string,
  peer: string,
  place: number,
): MessageRow | undefined {
  const text = rows.get(textKey(owner, peer, place));
  return text && shown(owner, peer, place, text);
}

/** A received message by its position. */
export function receivedAt(
  rows: Reading,
  owner: string,
  peer: string,
  position: number,
): MessageRow | undefined {
  const found = firstAt(rows, owner, peer, position);
  if (found === undefined) return undefined;
  const [place, text] = found;
  if (text[0] || text[1] !== position) return undefined;
  return shown(owner, peer, place, text);
}

/** Messages of the peer that the owner has not read: exact. */
export function unread(rows: Reading, owner: string, peer: string): number {
  const { count, received, mine } = conversation(rows, owner, peer);
  if (mine.read === 0 || mine.read >= received) return mine.read === 0 ? count : 0;
  const next = firstAt(rows, owner, peer, mine.read + 1);
  // The first message behind the watermark is itself counted, and unread.
  return next === undefined ? 0 : count - next[1][2] + 1;
}

/** The first message at which `received` has reached a position. It rises with the place: a bisection. */
function firstAt(
  rows: Reading,
  owner: string,
  peer: string,
  position: number,
): readonly [number, Text] | undefined {
  let low = 0;
  let high = conversation(rows, owner, peer).last;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [place, text] = nextText(rows, owner, peer, middle) ?? [high];
    if (text !== undefined && text[1] < position) low = place + 1;
    else high = middle;
  }
  return nextText(rows, owner, peer, low);
}

function nextText(
  rows: Reading,
  owner: string,
  peer: string,
  from: number,
): readonly [number, Text] | undefined {
  for (const found of rows.range(textKey(owner, peer), { from })) return found;
  return undefined;
}

/** Takes what an answer may hold. `more`: there was something left. */
export function paged<Found, Row>(
  found: Iterable<Found>,
  limit: number,
  show: (found: Found) => Row | undefined,
): { page: Row[]; more: boolean } {
  const page: Row[] = [];
  let bytes = 0;
  for (const each of found) {
    const row = show(each);
    if (row === undefined) continue;
    bytes += Buffer.byteLength(JSON.stringify(row));
    if (page.length > 0 && (page.length === limit || bytes > PAGE_BYTES_MAX))
      return { page, more: true };
    page.push(row);
  }
  return { page, more: false };
}

function shown(owner: string, peer: string, place: number, text: Text): MessageRow {
  const [mine, received, , sentAt, cid, body, replaces] = text;
  const where = seqAndGeneration(place);
  const again = replaces !== undefined && { replaces };
  return mine
    ? {
        ...where,
        id: messageId(owner, place),
        author: owner,
        to: peer,
        cid,
        body,
        sentAt,
        ...again,
      }
    : { ...where, id: messageId(peer, received), author: peer, to: owner, cid, body, sentAt };
}
