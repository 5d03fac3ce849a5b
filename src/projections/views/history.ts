import { messageId } from "../../events/ids.ts";
import type { HistoryAnswer, MessageRow } from "../../protocol/answers.ts";
import type { Query } from "../../protocol/internal/query.ts";
import type { Change } from "./conversation.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";

/** A message as it is stored. What the key says (owner, peer, seq) is not said again. */
type Text = readonly [
  mine: boolean,
  /** Position of the last message received from the peer, this one included: it only rises. */
  received: number,
  sentAt: number,
  cid: string,
  body: string,
];

const textKey: Kind<Text> = kind("text");

/**
 * JSON bytes of one answer: a page ends there however few rows it has, but it has at least one. An
 * answer is one message of the broker, which takes 256 KiB where `npm start` runs it.
 */
const PAGE_BYTES_MAX = 192 * 1024;

export function project(rows: Rows, change: Change): void {
  if (change.type !== "message") return;
  const { owner, peer, seq, mine, received, sentAt, cid, body } = change;
  const text: Text = [mine, received, sentAt, cid, body];
  rows.put(textKey(owner, peer, seq), text);
}

/** A page of a conversation: from the newest back, back from `before`, or on from `after`. */
export function answer(rows: Reading, query: Extract<Query, { view: "history" }>): HistoryAnswer {
  const { owner, peer, before, after, limit } = query;
  const found = rows.range(textKey(owner, peer), {
    ...(after !== undefined && { from: after + 1 }),
    ...(before !== undefined && { to: before }),
    reverse: after === undefined,
  });
  const { page, more } = paged(found, limit, ([seq, text]) => shown(owner, peer, seq, text));
  return { messages: after === undefined ? page.toReversed() : page, more };
}

/** One message of a mailbox; undefined when it is not there. */
export function message(
  rows: Reading,
  owner: string,
  peer: string,
  seq: number,
): MessageRow | undefined {
  const text = rows.get(textKey(owner, peer, seq));
  return text && shown(owner, peer, seq, text);
}

/** A received message by its position. Positions rise with seq, so it is a bisection. */
export function receivedAt(
  rows: Reading,
  owner: string,
  peer: string,
  position: number,
  last: number,
): MessageRow | undefined {
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [seq, text] = nextText(rows, owner, peer, middle) ?? [high];
    if (text !== undefined && text[1] < position) low = seq + 1;
    else high = middle;
  }
  const [seq, text] = nextText(rows, owner, peer, low) ?? [0];
  if (text === undefined || text[0] || text[1] !== position) return undefined;
  return shown(owner, peer, seq, text);
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

/** How many of the peer's messages behind `readTo` lie within the watermark, and the last such seq. */
export function readBehind(
  rows: Reading,
  owner: string,
  peer: string,
  readTo: number,
  read: number,
): { count: number; readTo: number } {
  let count = 0;
  for (const [seq, [mine, received]] of rows.range(textKey(owner, peer), {
    from: readTo + 1,
  })) {
    if (!mine && received > read) break;
    if (!mine) count++;
    readTo = seq;
  }
  return { count, readTo };
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

function shown(owner: string, peer: string, seq: number, text: Text): MessageRow {
  const [mine, received, sentAt, cid, body] = text;
  return mine
    ? { seq, id: messageId(owner, seq), author: owner, to: peer, cid, body, sentAt }
    : { seq, id: messageId(peer, received), author: peer, to: owner, cid, body, sentAt };
}
