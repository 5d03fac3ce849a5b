import type { ChatRow, ChatPlace, ChatsAnswer, GroupRow } from "../protocol/frames/chats.ts";
import {
  ANSWER_MS,
  MarksOfGroups,
  PlacesOfGroups,
  readReply,
  RowsOfGroups,
  writeReply,
  type Query,
} from "../protocol/internal/query.ts";
import { byTime, isBehind } from "../protocol/listed.ts";
import type { OwnChats } from "./views/chats.ts";
import { paged } from "./views/history.ts";
import type { OwnStay } from "./views/groups/ownstays.ts";
import type { GroupSight, GroupSights } from "./views/groups/sights.ts";

/**
 * The parts of the question's time in which the streams of groups are waited for: for the places of their groups, then for the rows
 * of those on the page. The rest is for the way.
 */
const PLACES_PART = 0.5;
const ROWS_PART = 0.3;

type Chats = Extract<Query, { view: "chats" }>;

/** An answer of this process's own views that is not written yet: others have to add to it, or it is a part of a list that is joined here. */
export interface Unwritten {
  readonly seq: number;
  readonly result: unknown;
}

/** The views whose answers are parts of a list. */
const PARTS: ReadonlySet<Query["view"]> = new Set(["groupplaces", "groupmarks", "grouprows"]);
export const isPart = ({ view }: Query): boolean => PARTS.has(view);

/** Ports of the joining of a list. */
export interface GroupStreams {
  /** The stream with a group's mailbox. */
  readonly streamOf: (group: string) => string;
  /** Asks whoever has that stream's views: the text of a reply, or an answer of this process. @throws Error when nobody answers in time. */
  readonly ask: (stream: string, query: Query) => Promise<string | Unwritten>;
}

/**
 * Joins the asker's own rows with those of their groups: the text of a reply. Each stream is asked where its groups stand in the
 * list, and then for the rows of those on the page: most groups of somebody who has many are on no page that is asked for.
 */
export async function joined(
  { seq, result: own }: Unwritten & { readonly result: OwnChats },
  query: Chats,
  streams: GroupStreams,
): Promise<string> {
  const { stays = [], ...answer } = own;
  const lists = await Promise.all(
    [...byStream(stays, streams)].map((part) => placesIn(part, query, streams)),
  );
  const { places, more } = firstOf([{ places: answer.chats, more: answer.more }, ...lists], query);
  const onPage = await marked(listed(stays, places), query, streams);
  if (onPage === undefined) return writeReply({ error: "unavailable" });
  const silent = new Set(lists.flatMap(({ silent: stream }) => stream ?? []));
  const rows = new Map<string, ChatRow | GroupRow>(answer.chats.map((row) => [row.peer, row]));
  await Promise.all(
    [...byStream(onPage, streams)].map(async ([stream, groups]) => {
      const found = silent.has(stream) ? undefined : await sightsOf(stream, groups, query, streams);
      if (found === undefined) silent.add(stream);
      for (const row of found ?? groups.map(rowOf)) rows.set(row.peer, row);
    }),
  );
  const shown = rowsAt(places, rows);
  const { page, more: isCut } = paged(shown.toSorted(byTime), query.limit, (row) => row);
  const isMore = more || isCut || shown.length < places.length;
  const partial = silent.size > 0 && { partial: true as const };
  const list: ChatsAnswer = { ...answer, chats: page, more: isMore, ...partial };
  return writeReply({ seq, result: list });
}

/** A group on the page. */
type Shown = OwnStay & MarksOfGroups["marks"][number];
type Part<Stay> = readonly [stream: string, groups: readonly Stay[]];

function byStream<Stay extends OwnStay>(
  stays: readonly Stay[],
  { streamOf }: GroupStreams,
): Iterable<Part<Stay>> {
  const all = new Map<string, Stay[]>();
  for (const stay of stays) {
    const stream = streamOf(stay.group);
    const others = all.get(stream);
    if (others === undefined) all.set(stream, [stay]);
    else others.push(stay);
  }
  return all;
}

/** Groups on the page, with what the asker's own mailbox knows of them besides. Undefined: its stream does not say. */
async function marked(
  stays: readonly OwnStay[],
  { owner, device }: Chats,
  { streamOf, ask }: GroupStreams,
): Promise<Shown[] | undefined> {
  if (stays.length === 0) return [];
  const groups = stays.map(({ group }) => group);
  const asked = { view: "groupmarks", owner, device, groups, atLeast: 0 } as const;
  const found = await said<MarksOfGroups>(ask(streamOf(owner), asked), MarksOfGroups);
  if (found === undefined) return undefined;
  const { marks } = found;
  return stays.flatMap((stay, i) => (marks[i] === undefined ? [] : [{ ...stay, ...marks[i] }]));
}

/** The first places of a part of the list. */
interface List {
  readonly places: readonly ChatPlace[];
  readonly more: boolean;
  /** The stream that did not answer in time: the places are those where its groups were joined or left. */
  readonly silent?: string;
}

async function placesIn(
  [stream, stays]: Part<OwnStay>,
  { owner, before, limit, withinMs = ANSWER_MS }: Chats,
  { ask }: GroupStreams,
): Promise<List> {
  const groups = stays.map(({ group, at, from, upTo }) => ({ group, at, from, upTo }));
  const asked = { view: "groupplaces", owner, groups, before, limit } as const;
  const due = { ...asked, ...inTime(withinMs, PLACES_PART) };
  const found = await said<PlacesOfGroups>(ask(stream, due), PlacesOfGroups);
  if (found !== undefined) return found;
  const places = stays.map(placeOf).filter((place) => isBehind(place, before));
  return { places: places.toSorted(byTime), more: false, silent: stream };
}

/** The rows of groups of one stream, as many as an answer holds. Undefined: it did not answer in time. */
async function sightsOf(
  stream: string,
  stays: readonly Shown[],
  { owner, withinMs = ANSWER_MS }: Chats,
  { ask }: GroupStreams,
): Promise<GroupRow[] | undefined> {
  const groups = stays.map(({ group, at, from, upTo, read }) => ({ group, at, from, upTo, read }));
  const asked = { view: "grouprows", owner, groups, ...inTime(withinMs, ROWS_PART) } as const;
  const found = await said<GroupSights>(ask(stream, asked), RowsOfGroups);
  if (found === undefined) return undefined;
  const { rows } = found;
  const sights = new Map<string, GroupSight>(rows.map((row) => [row.peer, row]));
  return stays.flatMap((stay) => {
    const sight = sights.get(stay.group);
    return sight === undefined ? [] : [{ ...rowOf(stay), ...sight }];
  });
}

const inTime = (withinMs: number, part: number) => ({
  atLeast: 0,
  withinMs: Math.max(1, Math.round(withinMs * part)),
});

/**
 * The answer in a reply; undefined: there is none in time, and the list says that it is a part. One of this process is taken as it is:
 * to write it down, read it and check it was a quarter of a list.
 */
async function said<Answer>(
  asked: Promise<string | Unwritten>,
  schema: { parse: (json: unknown) => Answer },
): Promise<Answer | undefined> {
  // Nobody has answered in time.
  const reply = await asked.catch(() => undefined);
  if (reply === undefined) return undefined;
  if (typeof reply !== "string") return reply.result as Answer;
  const read = readReply(reply);
  return read.kind === "answer" ? schema.parse(JSON.parse(read.result)) : undefined;
}

const placeOf = ({ group, at }: OwnStay): ChatPlace => ({ peer: group, at });

/** A group's row as far as the asker's own mailbox tells. */
function rowOf({ group, at, from, upTo, why, ...marks }: Shown): GroupRow {
  const { read, readHere, peerDelivered, peerRead } = marks;
  const end = { ...(upTo !== undefined && { upTo }), ...(why !== undefined && { why }) };
  return { peer: group, at, from, ...end, read, readHere, peerDelivered, peerRead };
}

/** The first places of all lists together: none of them lies behind the end of a list that has more. */
function firstOf(lists: readonly List[], { limit }: Chats): Omit<List, "silent"> {
  const ends = lists.flatMap(({ places, more }) => (more ? places.slice(-1) : []));
  const [end] = ends.toSorted(byTime);
  const all = lists.flatMap(({ places }) => places).toSorted(byTime);
  const known = end === undefined ? all : all.filter((place) => !isBehind(place, end));
  return { places: known.slice(0, limit), more: known.length > limit || end !== undefined };
}

/** The groups at these places, in their order, each as old as its place. */
function listed(stays: readonly OwnStay[], places: readonly ChatPlace[]): OwnStay[] {
  const byGroup = new Map(stays.map((stay) => [stay.group, stay]));
  return places.flatMap(({ peer, at }) => {
    const stay = byGroup.get(peer);
    return stay === undefined ? [] : [{ ...stay, at }];
  });
}

/** The rows of a page, up to the first that its stream's answer had no room for. */
function rowsAt<Row>(places: readonly ChatPlace[], rows: ReadonlyMap<string, Row>): Row[] {
  const found: Row[] = [];
  for (const { peer } of places) {
    const row = rows.get(peer);
    if (row === undefined) break;
    found.push(row);
  }
  return found;
}
