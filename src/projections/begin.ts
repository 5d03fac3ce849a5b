import type { Logger } from "pino";
import { withReaders } from "./registry.ts";
import type { Built, Checkpoint } from "./store/checkpoint.ts";
import type { Table } from "./store/table.ts";
import type { View } from "./view.ts";

/** The stream that views are to be of. */
interface Stream {
  readonly epoch: string;
  /** Seq of its newest entry. */
  readonly last: number;
}

/**
 * Says where to go on from, and drops what is of no use: all rows of another life of the stream or
 * ahead of it; the rows of views that have changed since, with those that read them; the rows of
 * views that are no longer registered.
 */
export function prepareTable(
  table: Table,
  { epoch, last }: Stream,
  views: readonly View[],
  log: Logger,
): Checkpoint {
  const stored = table.checkpoint();
  if (stored?.epoch !== epoch || stored.seq > last) {
    if (stored === undefined) log.info({ epoch, last }, "views are built from the beginning");
    else if (stored.epoch === epoch)
      log.error(
        { views: stored.seq, stream: last },
        "the stream ends before its views: it has lost entries (docs/operations.md, Restoring)",
      );
    else log.warn({ epoch, last }, "views are not of this stream: built anew");
    return table.reset({ epoch, seq: 0, views: builtOf(views) });
  }
  const changed = views.filter(({ name, version }) => stored.views[name]?.version !== version);
  const gone = Object.keys(stored.views).filter((name) =>
    views.every((view) => view.name !== name),
  );
  if (changed.length === 0 && gone.length === 0) return stored;
  const names = changed.map(({ name }) => name);
  log.warn({ changed: names, gone }, "views have changed: they are built anew");
  return drop(table, stored, [...names, ...(stored.behind?.views ?? [])], views);
}

/**
 * Drops the rows of some views and of those that read them; the others stand.
 * @param names registered views, none or some or all of them.
 */
export function drop(
  table: Table,
  stored: Checkpoint,
  names: readonly string[],
  views: readonly View[],
): Checkpoint {
  const due = withReaders(names, views);
  const { epoch, seq } = stored;
  if (views.every(({ name }) => due.has(name)))
    return table.reset({ epoch, seq: 0, views: builtOf(views) });
  const kinds = Object.entries(stored.views).flatMap(([name, built]) =>
    due.has(name) || views.every((view) => view.name !== name) ? built.kinds : [],
  );
  const behind = views.map(({ name }) => name).filter((name) => due.has(name));
  return table.drop(kinds, {
    epoch,
    seq,
    views: builtOf(views),
    ...(behind.length > 0 && seq > 0 && { behind: { views: behind, seq: 0 } }),
  });
}

const builtOf = (views: readonly View[]): Record<string, Built> =>
  Object.fromEntries(views.map(({ name, version, kinds }) => [name, { version, kinds }]));
