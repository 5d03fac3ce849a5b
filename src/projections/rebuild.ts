import type { Logger } from "pino";
import { comparedStream, drop, prepareTable } from "./begin.ts";
import type { Source } from "../events/source.ts";
import { viewsOf } from "./registry.ts";
import { Runner } from "./runner.ts";
import { folderOf, ViewStore } from "./store/store.ts";
import type { Table } from "./store/table.ts";
import { deadLetters } from "./views/deadletters.ts";

/** The views to be built anew, and from where. */
export interface Rebuilding {
  /** Folder of the views of all streams. */
  readonly dir: string;
  readonly sources: readonly Source[];
  /** One view, by name; every view unless told. */
  readonly view?: string | undefined;
  readonly log: Logger;
}

/** The outcome of rebuilding the views of one stream. */
export interface Rebuilt {
  readonly stream: string;
  /** Seq the views have come to. */
  readonly seq: number;
  /** Entries that could not be read. */
  readonly dead: number;
  /** Entries at which a rule of ours failed. */
  readonly bugs: number;
}

/**
 * Drops the rows of every view, or of one and those that read it, and replays the streams. Posthorn
 * may be running: it finds the views moved and goes on from where they are, and answers
 * no question about a stream until its views have caught up (`view.behind`).
 * @param told is called as each stream is done.
 * @throws Error when a source does not answer, or the folder cannot be written.
 */
export async function rebuild(
  { dir, sources, view, log }: Rebuilding,
  told: (rebuilt: Rebuilt) => void,
): Promise<void> {
  const due = sources.filter(({ name }) => isOf(name, view));
  const stores = new Map<Source, ViewStore>();
  try {
    for (const source of due) {
      const store = await ViewStore.open({ dir: folderOf(dir, source.name), log });
      stores.set(source, store);
      await setBack(source, store.table, view, log);
    }
    for (const [source, { table }] of stores) {
      const runner = await Runner.start(source, table, log.child({ stream: source.name }));
      await runner.ready;
      await runner.stop();
      const { count, bugs } = deadLetters(table);
      told({ stream: source.name, seq: runner.applied, dead: count - bugs, bugs });
    }
  } finally {
    for (const store of stores.values()) await store.close({ last: false });
  }
}

const isOf = (stream: string, view: string | undefined): boolean =>
  view === undefined || viewsOf(stream).some(({ name }) => name === view);

async function setBack(
  source: Source,
  table: Table,
  view: string | undefined,
  log: Logger,
): Promise<void> {
  const views = viewsOf(source.name);
  const at = prepareTable(table, await comparedStream(source, table), views, log);
  drop(table, at, view === undefined ? views.map(({ name }) => name) : [view], views);
}
