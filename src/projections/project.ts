import { open, whyUnreadable, type Aside, type Entry } from "../events/entry.ts";
import type { GroupMail, Recorded } from "../events/event.ts";
import { BugError, type Bugs } from "./bugs.ts";
import { StoreError } from "./store/batch.ts";
import type { Rows } from "./store/rows.ts";
import type { View } from "./view.ts";
import { foldRows, keepMarks } from "./views/conversation.ts";
import { foldGroup } from "./views/groups/ground.ts";

/**
 * Projects entries into views. An entry that cannot be read, or at which a rule has failed again and
 * again, is handed to the views that take note of such, and those behind it go on.
 * @throws BugError when a rule fails; StoreError when the rows cannot be read or written.
 */
export function projectAll(
  rows: Rows,
  entries: readonly Entry[],
  { views, bugs }: { views: readonly View[]; bugs: Bugs },
): void {
  const leaveOut = (entry: Entry, aside: Aside): void => {
    bugs.say(entry, aside);
    for (const view of views) view.leftOut?.(rows, entry, aside);
  };
  for (const entry of entries) {
    const bug = bugs.of(entry);
    const opened = bug === undefined ? tryOpen(entry) : { why: "bug" as const, reason: bug };
    if ("why" in opened) leaveOut(entry, opened);
    else attempt(entry, () => project(rows, opened, views));
  }
}

function tryOpen(entry: Entry): Recorded | Aside {
  try {
    return open(entry);
  } catch (error) {
    return { why: "unreadable", reason: whyUnreadable(error) };
  }
}

function attempt(entry: Entry, rule: () => void): void {
  try {
    rule();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new BugError(entry, error);
  }
}

/** Projects one entry. Pure: the same entries give the same rows, however they are batched. */
export function project(rows: Rows, entry: Recorded, views: readonly View[]): void {
  switch (entry.kind) {
    case "owner":
      // An event of the stream itself changes no mailbox.
      return keepMarks(rows, entry.event);
    case "activity":
      return views.forEach((view) => view.seen?.(rows, entry));
    case "session":
      return views.forEach((view) => view.met?.(rows, entry));
    case "fact":
    case "copy":
      return exchange(rows, entry, views);
    case "group":
    case "ask":
    case "tick":
      return ofGroup(rows, entry, views);
  }
}

/** Projects what is between two people. */
function exchange(
  rows: Rows,
  entry: Extract<Recorded, { kind: "fact" | "copy" }>,
  views: readonly View[],
): void {
  const change = foldRows(rows, entry);
  for (const view of views) {
    if (entry.kind === "fact") view.stated?.(rows, entry);
    if (change !== undefined) view.project?.(rows, change);
  }
}

/** Projects what a group has accepted, was asked, and who has received it. */
function ofGroup(rows: Rows, entry: GroupMail, views: readonly View[]): void {
  const change = foldGroup(rows, entry);
  if (change !== undefined) for (const view of views) view.grouped?.(rows, change);
}
