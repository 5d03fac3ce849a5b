import type { ChatRow, ChatsAnswer, GroupRow } from "../protocol/frames/chats.ts";
import {
  ANSWER_MS,
  readReply,
  RowsOfGroups,
  writeReply,
  type Query,
} from "../protocol/internal/query.ts";
import { byTime, isBehind } from "../protocol/listed.ts";
import type { OwnChats } from "./views/chats.ts";
import { paged } from "./views/history.ts";
import type { OwnStay } from "./views/groups/ownstays.ts";
import type { GroupSights } from "./views/groups/sights.ts";

/** The streams of groups are waited for in this part of the question's time: the rest is for the way. */
const PART = 0.8;

/** An answer from the asker's own stream, to which rows of groups are to come. */
export interface Unjoined {
  readonly seq: number;
  readonly own: OwnChats;
}

/** Ports of the joining of a list. */
export interface GroupStreams {
  /** The stream with a group's mailbox. */
  readonly streamOf: (group: string) => string;
  /** Asks whoever has that stream's views. @throws Error when nobody answers in time. */
  readonly ask: (stream: string, query: Query) => Promise<string>;
}

/** Joins the asker's own rows with those of their groups, each stream of which is asked once: the text of a reply. */
export async function joined(
  { seq, own }: Unjoined,
  query: Extract<Query, { view: "chats" }>,
  streams: GroupStreams,
): Promise<string> {
  const { stays = [], ...answer } = own;
  const parts = await Promise.all(
    [...byStream(stays, streams)].map(([stream, groups]) =>
      ofStream(stream, groups, query, streams),
    ),
  );
  const lists = [{ rows: answer.chats, more: answer.more }, ...parts.map((part) => part.list)];
  const partial = parts.some(({ isSilent }) => isSilent);
  const result: ChatsAnswer = {
    ...answer,
    ...merged(lists, query.limit),
    ...(partial && { partial: true as const }),
  };
  return writeReply({ seq, result });
}

function byStream(stays: readonly OwnStay[], { streamOf }: GroupStreams): Map<string, OwnStay[]> {
  const all = new Map<string, OwnStay[]>();
  for (const stay of stays) {
    const stream = streamOf(stay.group);
    const others = all.get(stream);
    if (others === undefined) all.set(stream, [stay]);
    else others.push(stay);
  }
  return all;
}

interface List {
  readonly rows: readonly (ChatRow | GroupRow)[];
  readonly more: boolean;
}

async function ofStream(
  stream: string,
  stays: readonly OwnStay[],
  { owner, before, limit, withinMs = ANSWER_MS }: Extract<Query, { view: "chats" }>,
  { ask }: GroupStreams,
): Promise<{ readonly list: List; readonly isSilent: boolean }> {
  const sights = await sightsOf(ask, stream, {
    view: "grouprows",
    owner,
    atLeast: 0,
    withinMs: Math.max(1, Math.round(withinMs * PART)),
    groups: stays.map(({ group, at, from, upTo, read }) => ({ group, at, from, upTo, read })),
    before,
    limit,
  });
  const own = new Map(stays.map((stay) => [stay.group, stay]));
  if (sights === undefined) {
    const rows = stays.map((stay) => rowOf(stay)).filter((row) => isBehind(row, before));
    return { list: { rows, more: false }, isSilent: true };
  }
  const rows = sights.rows.flatMap((sight) => {
    const stay = own.get(sight.peer);
    return stay === undefined ? [] : [{ ...rowOf(stay), ...sight }];
  });
  return { list: { rows, more: sights.more }, isSilent: false };
}

/** Undefined: the stream did not answer in time. */
async function sightsOf(
  ask: GroupStreams["ask"],
  stream: string,
  query: Extract<Query, { view: "grouprows" }>,
): Promise<GroupSights | undefined> {
  try {
    const reply = readReply(await ask(stream, query));
    if (reply.kind === "refusal") return undefined;
    const sights: GroupSights = RowsOfGroups.parse(JSON.parse(reply.result));
    return sights;
  } catch {
    // The answer says that it is a part.
    return undefined;
  }
}

/** A group's row as far as the asker's own mailbox tells. */
function rowOf({ group, at, from, upTo, why, read, peerDelivered, peerRead }: OwnStay): GroupRow {
  const end = { ...(upTo !== undefined && { upTo }), ...(why !== undefined && { why }) };
  return { peer: group, at, from, ...end, read, peerDelivered, peerRead };
}

/** The first rows of all lists together: none of them goes on behind the end of one that has more. */
function merged(lists: readonly List[], limit: number): Pick<ChatsAnswer, "chats" | "more"> {
  const ends = lists.flatMap(({ rows, more }) => (more ? rows.slice(-1) : []));
  const [end] = ends.toSorted(byTime);
  const all = lists.flatMap(({ rows }) => rows).toSorted(byTime);
  const known = end === undefined ? all : all.filter((row) => !isBehind(row, end));
  const { page, more } = paged(known, limit, (row) => row);
  return { chats: page, more: more || end !== undefined };
}
