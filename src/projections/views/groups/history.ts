import { messageId } from "../../../events/messageid.ts";
import type { LineChange } from "../../../protocol/frames/groupline.ts";
import type { Data } from "../../../protocol/extras.ts";
import type { HistoryAnswer, LineRow, MessageRow } from "../../../protocol/frames/history.ts";
import type { Query } from "../../../protocol/internal/query.ts";
import { kind, type Kind, type Reading, type Rows } from "../../store/rows.ts";
import type { View } from "../../view.ts";
import { placeOf, seqAndGeneration } from "../conversation.ts";
import { paged } from "../history.ts";
import { append, downwards, lastBelow, riseBetween, trackOf, upwards } from "../track.ts";
import type { GroupTurn } from "./groupturn.ts";
import { groups, LINES } from "./ground.ts";
import type { Term } from "../../../rules/stays.ts";
import { staysIn } from "./members.ts";

/** A message of a group as it is stored, under its position: whoever comes here has it from the group's track. */
type Text = readonly [
  at: number,
  author: string,
  cid: string,
  body: string,
  sentAt: number,
  /** Most messages have none of these. */
  more?: readonly [data: string | null, mentions: readonly string[]],
];
/** A change of the group, as it is stored. */
type Line = readonly [at: number, by: string, cid: string | null, change: LineChange];
const textKey: Kind<Text | Line> = kind("grouptext");
/** Positions of a member's own messages, and how many there are up to each. */
const OWN = trackOf("own");
/** The last message of somebody else that is meant for a member. */
const mentionKey: Kind<number> = kind("mention");

/** Messages and lines of a group. */
export const groupHistory = {
  name: "grouphistory",
  version: 2,
  of: "mailboxes",
  kinds: ["grouptext", "own", "owns", "mention"],
  reads: [groups.name],
  grouped,
  answer,
} as const satisfies View;

function grouped(rows: Rows, change: GroupTurn): void {
  const { group, place, at } = change;
  if (change.type === "line")
    return rows.put(textKey(place), [at, change.by, change.cid ?? null, change.change]);
  if (change.type !== "message") return;
  const { author, cid, body, sentAt, data = null, mentions } = change;
  const text = [at, author, cid, body, sentAt] as const;
  const isPlain = data === null && mentions.length === 0;
  rows.put(textKey(place), isPlain ? text : [...text, [data, mentions]]);
  const [, sent] = lastBelow(rows, OWN, [group, author]) ?? [0, 0];
  append(rows, OWN, [group, author], [place, sent + 1]);
  for (const user of mentions) if (user !== author) rows.put(mentionKey(group, user), place);
}

/** A page of what the asker may see: from the newest back, back from `before`, or on from `after`. */
function answer(
  rows: Reading,
  query: Extract<Query, { view: "grouphistory" }>,
): HistoryAnswer | undefined {
  const { owner, group, before, after, limit } = query;
  const stays = staysIn(rows, group, owner);
  if (stays.length === 0) return undefined;
  const end = before === undefined ? undefined : placeOf(rows, before);
  const found =
    after === undefined
      ? back(rows, group, stays, end)
      : onwards(rows, group, stays, placeOf(rows, after + 1), end);
  const { page, more } = paged(found, limit, (place) => rowAt(rows, group, place));
  return { messages: after === undefined ? page.toReversed() : page, more };
}

function* back(
  rows: Reading,
  group: string,
  stays: readonly Term[],
  end = Number.POSITIVE_INFINITY,
): Generator<number> {
  for (const { from, upTo = Number.POSITIVE_INFINITY } of stays.toReversed())
    for (const [place] of downwards(rows, LINES, [group], Math.min(end, upTo + 1))) {
      if (place < from) break;
      yield place;
    }
}

function* onwards(
  rows: Reading,
  group: string,
  stays: readonly Term[],
  begin: number,
  end = Number.POSITIVE_INFINITY,
): Generator<number> {
  for (const { from, upTo = Number.POSITIVE_INFINITY } of stays)
    for (const [place] of upwards(rows, LINES, [group], Math.max(begin, from))) {
      if (place > upTo || place >= end) break;
      yield place;
    }
}

/** A message or a line, at a position that the group's track has. */
export function rowAt(
  rows: Reading,
  group: string,
  place: number,
): MessageRow | LineRow | undefined {
  const row = rows.get(textKey(place));
  if (row === undefined) return undefined;
  return isText(row) ? messageOf(row, group, place) : lineOf(row, place);
}

const isText = (row: Text | Line): row is Text => typeof row[3] === "string";

/** The time at which what lies at a position was stored. */
export const storedAt = (rows: Reading, place: number): number =>
  rows.get(textKey(place))?.[0] ?? 0;

/** The message at a position of the group; undefined: there is none. */
export function messageAt(rows: Reading, group: string, place: number): MessageRow | undefined {
  // Another group's may lie there.
  const [found] = lastBelow(rows, LINES, [group], place + 1) ?? [];
  const row = found === place ? rowAt(rows, group, place) : undefined;
  return row !== undefined && "body" in row ? row : undefined;
}

function messageOf(text: Text, group: string, place: number): MessageRow {
  const [, author, cid, body, sentAt, [data, mentions = []] = []] = text;
  return {
    ...seqAndGeneration(place),
    id: messageId(group, place),
    author,
    to: group,
    cid,
    body,
    sentAt,
    ...(data && { data: JSON.parse(data) as Data }),
    ...(mentions.length > 0 && { mentions }),
  };
}

function lineOf([at, by, cid, change]: Line, place: number): LineRow {
  return { ...seqAndGeneration(place), at, by, ...(cid && { cid }), change };
}

/** Others' messages up to `place` that a member has not read: exact, by running numbers. */
export function unreadBehind(
  rows: Reading,
  group: string,
  user: string,
  { from, read, place }: { readonly from: number; readonly read: number; readonly place: number },
): number {
  const behind = Math.max(read, from - 1);
  if (behind >= place) return 0;
  const between = { behind, to: place };
  return (
    riseBetween(rows, LINES, [group], between) - riseBetween(rows, OWN, [group, user], between)
  );
}

/** The last message that is meant for a user; 0: none. */
export const mentionOf = (rows: Reading, group: string, user: string): number =>
  rows.get(mentionKey(group, user)) ?? 0;
