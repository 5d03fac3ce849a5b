import type { ChatPlace, GroupRow } from "../../../protocol/frames/chats.ts";
import type { Query } from "../../../protocol/internal/query.ts";
import { byTime, isBehind } from "../../../protocol/listed.ts";
import type { Reading } from "../../store/rows.ts";
import type { View } from "../../view.ts";
import { seqAndGeneration } from "../conversation.ts";
import { paged } from "../history.ts";
import { lastBelow } from "../track.ts";
import { lastFactOf, LINES } from "./ground.ts";
import { mentionOf, rowAt, storedAt, unreadBehind } from "./history.ts";
import { staysIn } from "./members.ts";
import { profileAt } from "./profile.ts";

/** Groups in a list of chats, as their own stream tells; replicas ask one another. */
export const sights = {
  name: "grouprows",
  version: 1,
  of: "mailboxes",
  kinds: [],
  reads: [],
  answer,
} as const satisfies View;

type Asked = Extract<Query, { view: "grouprows" }>;
type Term = Asked["groups"][number];
/** A group as its stream shows it. Only `at` is there of one that the asker was never in. */
export type GroupSight = ChatPlace &
  Partial<Pick<GroupRow, "name" | "last" | "unread" | "mentioned" | "seq" | "generation" | "upTo">>;
export interface GroupSights {
  readonly rows: readonly GroupSight[];
  /** There are further ones behind these. */
  readonly more: boolean;
}

interface Visible extends ChatPlace {
  readonly stay: Term;
  /** The last position that the asker may see, and the end of the stay. */
  readonly place: number;
  readonly end: number;
}

function answer(rows: Reading, { owner, groups, before, limit }: Asked): GroupSights {
  const all = groups
    .map((stay) => visible(rows, owner, stay))
    .filter((each) => isBehind(each, before))
    .toSorted(byTime);
  const { page, more } = paged(all, limit, (each) => shown(rows, owner, each));
  return { rows: page, more };
}

/** The group's own members count, whatever the asker's mailbox has heard by now. */
function visible(rows: Reading, owner: string, stay: Term): Visible {
  const { group: peer, from, upTo = Number.POSITIVE_INFINITY } = stay;
  const known = staysIn(rows, peer, owner).find((each) => each.from === from);
  const end = Math.min(upTo, known?.upTo ?? Number.POSITIVE_INFINITY);
  if (known === undefined) return { peer, at: stay.at, stay, place: 0, end };
  const [head, headAt] = lastFactOf(rows, peer);
  if (head <= end) return { peer, at: headAt, stay, place: head, end };
  const [place] = lastBelow(rows, LINES, [peer], end + 1) ?? [0];
  return { peer, at: storedAt(rows, place), stay, place, end };
}

function shown(rows: Reading, owner: string, { peer, at, stay, place, end }: Visible): GroupSight {
  const last = place === 0 ? undefined : rowAt(rows, peer, place);
  if (last === undefined) return { peer, at };
  const { from, read } = stay;
  const name = profileAt(rows, peer, place)?.name;
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
