import type { Logger } from "pino";
import type { Entry } from "../events/entry.ts";
import { generationAt, type Mark } from "../events/position.ts";
import type { Anchor } from "../events/record.ts";
import { RolledBackError, type Source } from "../events/source.ts";
import { evidence, isVoid } from "../rules/evidence.ts";
import { withReaders } from "./registry.ts";
import type { Built, Checkpoint } from "./store/checkpoint.ts";
import type { Table } from "./store/table.ts";
import type { View } from "./view.ts";
import { RETRY_MS } from "./writing.ts";

/** The stream that views are to be of, compared with what they have of it. */
interface Stream {
  readonly epoch: string;
  /** Seq of its newest entry. */
  readonly last: number;
  /** It has come back shorter, or has other entries where the views have come to. */
  readonly isOther: boolean;
}

/** Compares a stream with the views of it. @throws Error when the source does not answer. */
export async function comparedStream(source: Source, table: Table): Promise<Stream> {
  const last = await source.last();
  const stored = table.checkpoint();
  return { epoch: source.epoch, last, isOther: await differs(source, stored, last) };
}

interface Compared {
  readonly source: Source;
  readonly table: Table;
  readonly log: Logger;
}

/** As {@link comparedStream}, tried again each second while the source does not answer; undefined: not before it was over. */
export async function comparedInTime(
  { source, table, log }: Compared,
  isOver: () => boolean,
): Promise<Stream | undefined> {
  for (let failures = 0; !isOver(); failures++)
    try {
      return await comparedStream(source, table);
    } catch (error) {
      if (failures === 0) log.warn({ error }, "stream not compared with its views; tried again");
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  return undefined;
}

/** Are the views of another life of the stream, or of entries that it has lost? */
export const isOf = async (source: Source, stored: Checkpoint): Promise<boolean> =>
  stored.epoch === source.epoch && !(await differs(source, stored, await source.last()));

/**
 * Anchors of views (docs/adr/0018): void where the marks give that seq another generation now, of a log that was
 * rolled back where it has another time there or ends before it. Nothing there is no evidence.
 */
async function differs(
  source: Source,
  stored: Checkpoint | undefined,
  last: number,
): Promise<boolean> {
  if (stored?.epoch !== source.epoch) return false;
  const { on, seq } = stored;
  if (on === undefined) return seq > last;
  return isVoid(source.marks, on) || (await evidence(source, source.marks, [on])) !== undefined;
}

/**
 * Looks whether entries may be folded onto views whose last entry is `on`.
 * @throws RolledBackError when a generation has begun below what the views have, or what was read before its mark.
 */
export function assertKnown(
  marks: readonly Mark[],
  on: Anchor | undefined,
  batch: readonly Entry[],
): void {
  const isKnown = ({ seq, generation = 0 }: Entry): boolean =>
    generationAt(marks, seq) === generation;
  if ((on === undefined || !isVoid(marks, on)) && batch.every(isKnown)) return;
  throw new RolledBackError("the stream goes on in another generation");
}

/**
 * Says where to go on from, and drops what is of no use: all rows of another life of the stream or
 * of entries that it has lost; the rows of views that have changed since, with those that read them; the rows of
 * views that are no longer registered.
 */
export function prepareTable(
  table: Table,
  { epoch, last, isOther }: Stream,
  views: readonly View[],
  log: Logger,
): Checkpoint {
  const stored = table.checkpoint();
  if (stored?.epoch !== epoch || isOther) {
    if (stored === undefined) log.info({ epoch, last }, "views are built from the beginning");
    else if (stored.epoch === epoch)
      log.error(
        { views: stored.seq, stream: last },
        "the stream has lost entries that its views have",
      );
    else log.warn({ epoch, last }, "views are not of this stream: built anew");
    return table.reset({ epoch, seq: 0, views: builtOf(views) });
  }
  const changed = views.filter((view) => !isBuilt(stored, view));
  const gone = Object.keys(stored.views).filter((name) =>
    views.every((view) => view.name !== name),
  );
  if (changed.length === 0 && gone.length === 0) return stored;
  const names = changed.map(({ name }) => name);
  log.warn({ changed: names, gone }, "views have changed: they are built anew");
  return drop(table, stored, [...names, ...(stored.behind?.views ?? [])], views);
}

/** Has a view rows here that it would make today? */
const isBuilt = ({ views }: Checkpoint, { name, version }: View): boolean =>
  views[name]?.version === version;

/** Has every view rows here that it would make today, as far as the others? */
export const hasVersions = (stored: Checkpoint, views: readonly View[]): boolean =>
  stored.behind === undefined && views.every((view) => isBuilt(stored, view));

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
  const { epoch, seq, on } = stored;
  if (views.every(({ name }) => due.has(name)))
    return table.reset({ epoch, seq: 0, views: builtOf(views) });
  const kinds = Object.entries(stored.views).flatMap(([name, built]) =>
    due.has(name) || views.every((view) => view.name !== name) ? built.kinds : [],
  );
  const behind = views.map(({ name }) => name).filter((name) => due.has(name));
  return table.drop(kinds, {
    epoch,
    seq,
    ...(on !== undefined && { on }),
    views: builtOf(views),
    ...(behind.length > 0 && seq > 0 && { behind: { views: behind, seq: 0 } }),
  });
}

const builtOf = (views: readonly View[]): Record<string, Built> =>
  Object.fromEntries(views.map(({ name, version, kinds }) => [name, { version, kinds }]));
