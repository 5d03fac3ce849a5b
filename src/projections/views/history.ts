import { messageId } from "../../events/messageid.ts";
import type { Data } from "../../protocol/extras.ts";
import type { HistoryAnswer, MessageRow } from "../../protocol/frames/history.ts";
import type { Query } from "../../protocol/internal/query.ts";
import type { View } from "../view.ts";
import type { Change } from "./change.ts";
import { conversation, conversations, placeOf, seqAndGeneration } from "./conversation.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";
import { append, downwards, firstReaching, trackOf, upwards, type Pair } from "./track.ts";

/** A message as it is stored; the key says its place. */
type Text = readonly [
  owner: string,
  peer: string,
  mine: boolean,
  /** Messages received from the peer up to here, this one included. */
  count: number,
  sentAt: number,
  cid: string,
  body: string,
  /** Most messages have none of these. */
  more?: readonly [data: string | null, replaces: string | null, key: string | null],
];

/** A message, under its place in the stream: what is new comes behind all else, and fills pages. */
const textKey: Kind<Text> = kind("text");
/** The places of a conversation's messages, and the position of the last one received up to there. */
const PAGES = trackOf("page");

/**
 * JSON bytes of one answer: a page ends there however few rows it has, but it has at least one. An
 * answer is one message of the broker, which takes 256 KiB where `npm start` runs it.
 */
const PAGE_BYTES_MAX = 192 * 1024;

/** Pages of a conversation. */
export const history = {
  name: "history",
  version: 2,
  of: "mailboxes",
  kinds: ["text", "page", "pages"],
  reads: [conversations.name],
  project,
  answer,
} as const satisfies View;

function project(rows: Rows, change: Change): void {
  if (change.type !== "message") return;
  const { owner, peer, place, mine, received, count, sentAt, cid, body } = change;
  const { data = null, replaces = null, key = null } = change;
  const text: Text = [owner, peer, mine, count, sentAt, cid, body];
  const isPlain = data === null && replaces === null && key === null;
  rows.put(textKey(place), isPlain ? text : [...text, [data, replaces, key]]);
  append(rows, PAGES, [owner, peer], [place, received]);
}

/** A page of what two people say to one another, which has no lines. */
interface MessagePage extends HistoryAnswer {
  readonly messages: readonly MessageRow[];
}

/** A page of a conversation: from the newest back, back from `before`, or on from `after`. */
function answer(rows: Reading, query: Extract<Query, { view: "history" }>): MessagePage {
  const { owner, peer, before, after, limit } = query;
  const end = before === undefined ? undefined : placeOf(rows, before);
  const isIn = ([place]: Pair): boolean => end === undefined || place < end;
  const found =
    after === undefined
      ? downwards(rows, PAGES, [owner, peer], end)
      : takeWhile(upwards(rows, PAGES, [owner, peer], placeOf(rows, after + 1)), isIn);
  const { page, more } = paged(found, limit, (pair) => at(rows, pair));
  return { messages: after === undefined ? page.toReversed() : page, more };
}

/** The last message of a conversation; undefined: there is none yet. */
export function lastOf(rows: Reading, owner: string, peer: string): MessageRow | undefined {
  const { last, received } = conversation(rows, owner, peer);
  return at(rows, [last, received]);
}

/** A message that the owner has sent; undefined: there is none at that place. */
export function ownAt(rows: Reading, owner: string, place: number): MessageRow | undefined {
  const text = rows.get(textKey(place));
  return text?.[0] === owner && text[2] ? shown([place, 0], text) : undefined;
}

/** A received message by its position; undefined: there is none. */
export function receivedAt(
  rows: Reading,
  owner: string,
  peer: string,
  position: number,
): MessageRow | undefined {
  const found = reaching(rows, owner, peer, position);
  return found?.[1] === position ? at(rows, found) : undefined;
}

/** Messages of the peer that the owner has not read: exact. */
export function unreadOf(rows: Reading, owner: string, peer: string): number {
  const { count, received, mine } = conversation(rows, owner, peer);
  if (mine.read === 0 || mine.read >= received) return mine.read === 0 ? count : 0;
  const next = reaching(rows, owner, peer, mine.read + 1);
  const text = next && rows.get(textKey(next[0]));
  // The first message behind the watermark is itself counted, and unread.
  return text === undefined ? 0 : count - text[3] + 1;
}

/** The first message up to which a position was received. */
const reaching = (rows: Reading, owner: string, peer: string, least: number): Pair | undefined =>
  firstReaching(rows, PAGES, [owner, peer], {
    least,
    last: conversation(rows, owner, peer).last,
  });

function at(rows: Reading, pair: Pair): MessageRow | undefined {
  const text = rows.get(textKey(pair[0]));
  return text && shown(pair, text);
}

function* takeWhile<Item>(items: Iterable<Item>, holds: (item: Item) => boolean): Generator<Item> {
  for (const item of items) {
    if (!holds(item)) return;
    yield item;
  }
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

function shown([place, received]: Pair, text: Text): MessageRow {
  const [owner, peer, mine, , sentAt, cid, body, [data, replaces, key] = []] = text;
  const where = seqAndGeneration(place);
  const said = {
    cid,
    body,
    sentAt,
    ...(data && { data: JSON.parse(data) as Data }),
    ...(replaces && { replaces }),
    ...(key && { key }),
  };
  return mine
    ? { ...where, id: messageId(owner, place), author: owner, to: peer, ...said }
    : { ...where, id: messageId(peer, received), author: peer, to: owner, ...said };
}
