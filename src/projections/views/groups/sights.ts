import type { ChatPlace, GroupRow } from "../../../protocol/frames/chats.ts";
import type { PlacesOfGroups, Query } from "../../../protocol/internal/query.ts";
import { byTime, isBehind } from "../../../protocol/listed.ts";
import type { Reading } from "../../store/rows.ts";
import type { View } from "../../view.ts";
import { seqAndGeneration } from "../conversation.ts";
import { paged } from "../history.ts";
import { lastBelow } from "../track.ts";
import { lastFactOf, LINES, type Head } from "./ground.ts";
import { mentionOf, rowAt, storedAt, unreadBehind } from "./history.ts";
import { stayFrom } from "./members.ts";
import { profileAt } from "./profile.ts";

/** The places of groups in a list of chats, as their own stream tells; replicas ask one another. */
export const places = {
  name: "groupplaces",
  version: 1,
  of: "mailboxes",
  kinds: [],
  reads: [],
  answer: placed,
} as const satisfies View;

/** Groups on a page of such a list; replicas ask one another. */
export const sights = {
  name: "grouprows",
  version: 2,
  of: "mailboxes",
  kinds: [],
  reads: [],
  answer: seen,
} as const satisfies View;

type Ask<Name extends Query["view"]> = Extract<Query, { view: Name }>;
type Stay = Ask<"groupplaces">["groups"][number];
/** A group as its stream shows it. Only `at` is there of one that the asker was never in. */
export type GroupSight = ChatPlace &
  Partial<Pick<GroupRow, "name" | "last" | "unread" | "mentioned" | "seq" | "generation" | "upTo">>;
export interface GroupSights {
  readonly rows: readonly GroupSight[];
}

interface Visible extends ChatPlace {
  /** The last position that the asker may see, and the end of the stay. */
  readonly place: number;
  readonly end: number;
  readonly head: Head;
}

function placed(
  rows: Reading,
  { owner, groups, before, limit }: Ask<"groupplaces">,
): PlacesOfGroups {
  const found: ChatPlace[] = [];
  for (const place of inOrder(rows, owner, groups)) {
    if (!isBehind(place, before)) continue;
    if (found.length === limit) return { places: found, more: true };
    found.push({ peer: place.peer, at: place.at });
  }
  return { places: found, more: false };
}

/** Groups by their places. Each is looked at closely when none of the others can be newer: most of many never are. */
function* inOrder(rows: Reading, owner: string, groups: readonly Stay[]): Generator<ChatPlace> {
  const all = groups.map((stay) => {
    const head = lastFactOf(rows, stay.group);
    return { peer: stay.group, at: newest(stay, head), stay, head };
  });
  const due: ChatPlace[] = [];
  for (const each of all.toSorted(byTime)) {
    for (let [first] = due; first !== undefined && byTime(first, each) < 0; [first] = due) {
      yield first;
      due.shift();
    }
    const exact = visible(rows, owner, each.stay, each.head);
    const next = due.findIndex((other) => byTime(exact, other) < 0);
    due.splice(next < 0 ? due.length : next, 0, exact);
  }
  yield* due;
}

/** Upper bound of a group's time in the list, also where the log's own times step back: what the asker may see is never told to be later. */
const newest = ({ at }: Stay, [, headAt]: Head): number => Math.max(at, headAt);

/** In the order in which they are asked for. */
function seen(rows: Reading, { owner, groups }: Ask<"grouprows">): GroupSights {
  const { page } = paged(groups, groups.length, (stay) =>
    shown(rows, owner, stay, visible(rows, owner, stay, lastFactOf(rows, stay.group))),
  );
  return { rows: page };
}

/** The group's own members count, whatever the asker's mailbox has heard by now. */
function visible(rows: Reading, owner: string, stay: Stay, head: Head): Visible {
  const { group: peer, from, upTo = Number.POSITIVE_INFINITY } = stay;
  const known = stayFrom(rows, peer, owner, from);
  const end = Math.min(upTo, known?.upTo ?? Number.POSITIVE_INFINITY);
  if (known === undefined) return { peer, at: stay.at, place: 0, end, head };
  const [last, lastAt] = head;
  if (last <= end) return { peer, at: lastAt, place: last, end, head };
  const [place] = lastBelow(rows, LINES, [peer], end + 1) ?? [0];
  return { peer, at: Math.min(storedAt(rows, place), newest(stay, head)), place, end, head };
}

function shown(
  rows: Reading,
  owner: string,
  { from, read }: Ask<"grouprows">["groups"][number],
  { peer, at, place, end, head: [, , , described] }: Visible,
): GroupSight {
  const last = place === 0 ? undefined : rowAt(rows, peer, place);
  if (last === undefined) return { peer, at };
  const name = profileAt(rows, peer, place, described)?.name;
  const mention = mentionOf(rows, peer, owner);
  return {
    peer,
    at,
    ...(name !== undefined && { name }),
    last,
    unread: unreadBehind(rows, peer, owner, { from, read, place }),
    ...(mention > Math.max(read, from - 1) && mention <= place && { mentioned: true as const }),
    ...seqAndGeneration(place),
    ...(Number.isFinite(end) && { upTo: end }),
  };
}
