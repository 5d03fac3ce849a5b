import { ACTIVITY } from "./ports.ts";
import type { View } from "./view.ts";
import { chats } from "./views/chats.ts";
import { conversations } from "./views/conversation.ts";
import { deadletters } from "./views/deadletters.ts";
import { group, members } from "./views/groups/about.ts";
import { groups } from "./views/groups/ground.ts";
import { groupHistory } from "./views/groups/history.ts";
import { places, sights } from "./views/groups/sights.ts";
import { groupStatus, info } from "./views/groups/status.ts";
import { marks, ownStays } from "./views/groups/ownstays.ts";
import { history } from "./views/history.ts";
import { keyed } from "./views/sendkeys.ts";
import { lastseen } from "./views/lastseen.ts";
import { readmarks } from "./views/readmarks.ts";
import { sessions } from "./views/sessions.ts";
import { status } from "./views/status.ts";

/** Every view there is, each behind those that it reads. A new one is a file in `views/` and a line here. */
export const VIEWS: readonly View[] = [
  conversations,
  history,
  chats,
  status,
  readmarks,
  keyed,
  sessions,
  ownStays,
  groups,
  groupHistory,
  groupStatus,
  info,
  group,
  members,
  places,
  marks,
  sights,
  lastseen,
  deadletters,
];

/** The views that are folds of a stream, in the order in which they project. */
export function viewsOf(stream: string): readonly View[] {
  const of = stream === ACTIVITY ? "activity" : "mailboxes";
  return VIEWS.filter((view) => view.of === of);
}

/** Views by name, with every one that reads their rows, at first or second hand. */
export function withReaders(names: Iterable<string>, views: readonly View[]): ReadonlySet<string> {
  const all = new Set(names);
  for (const { name, reads } of views) if (reads.some((read) => all.has(read))) all.add(name);
  return all;
}

/** Views by name, with every one whose rows they read, at first or second hand. */
export function withSources(names: Iterable<string>, views: readonly View[]): ReadonlySet<string> {
  const all = new Set(names);
  for (const { name, reads } of views.toReversed())
    if (all.has(name)) for (const read of reads) all.add(read);
  return all;
}
