import type { Logger } from "pino";
import { open, whyUnreadable, type Entry } from "../events/entry.ts";
import type { Recorded } from "../events/event.ts";
import type { Rows } from "./store/rows.ts";
import type { View } from "./view.ts";
import { fold } from "./views/conversation.ts";

/**
 * Projects entries into views. An entry that no version can read is handed to the views that take
 * note of such, and those behind it go on.
 */
export function projectAll(
  rows: Rows,
  entries: readonly Entry[],
  views: readonly View[],
  log: Logger,
): void {
  for (const entry of entries) {
    let recorded: Recorded;
    try {
      recorded = open(entry);
    } catch (error) {
      const { seq, owner } = entry;
      const reason = whyUnreadable(error);
      log.error({ seq, owner, reason }, "entry left out of the views: it cannot be read");
      for (const view of views) view.unreadable?.(rows, entry, reason);
      continue;
    }
    project(rows, recorded, views);
  }
}

/** Projects one entry. Pure: the same entries give the same rows, however they are batched. */
export function project(rows: Rows, entry: Recorded, views: readonly View[]): void {
  // What happens to the stream itself changes no mailbox.
  if (entry.kind === "owner") return;
  if (entry.kind === "activity") {
    for (const view of views) view.seen?.(rows, entry);
    return;
  }
  const change = fold(rows, entry);
  if (change === undefined) return;
  for (const view of views) view.project?.(rows, change);
}
