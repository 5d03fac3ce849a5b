import { existsSync } from "node:fs";
import type { Logger } from "pino";
import type { Entry } from "../events/entry.ts";
import type { Source } from "../events/source.ts";
import { isOf } from "./begin.ts";
import { ACTIVITY } from "./ports.ts";
import { Bugs } from "./bugs.ts";
import { projectAll } from "./project.ts";
import { VIEWS, viewsOf } from "./registry.ts";
import { kindOf } from "./store/rows.ts";
import { Snapshot } from "./store/snapshot.ts";
import { damageOf } from "./store/inspection.ts";
import { fileIn, folderOf, ViewStore } from "./store/store.ts";
import type { Table } from "./store/table.ts";

/** The result of verifying the views of one stream. */
export interface Verdict {
  readonly stream: string;
  /** The seq the views stood at; both sides are compared there. */
  readonly seq: number;
  /** Rows that are the same to the byte. */
  readonly same: number;
  /** Rows of users whose older activity the stream no longer has: nobody can tell. */
  readonly unproven: number;
  /** The first key that differs or is on one side only, and the view it belongs to. */
  readonly differs?: string;
  readonly view?: string;
  /** The reason why there was nothing to compare. */
  readonly missing?: string;
}

/**
 * Replays each stream into `scratch` as far as the views in `dir` have come, and compares byte by
 * byte. Posthorn may be running: the views of a stream are read as they stood at one moment.
 * @param dir folder of the views of all streams, as is `scratch`.
 * @throws Error when there is no such folder, or a source does not answer.
 */
export async function verify(
  dir: string,
  scratch: string,
  sources: readonly Source[],
  log: Logger,
): Promise<Verdict[]> {
  if (!existsSync(dir)) throw new Error(`there are no views in ${dir}`);
  const verdicts: Verdict[] = [];
  for (const source of sources) {
    const damage = await damageOf(fileIn(folderOf(dir, source.name)));
    const live = damage === undefined ? Snapshot.of(folderOf(dir, source.name)) : undefined;
    if (live === undefined) {
      const none = damage === undefined ? NONE : `the views are damaged: ${damage}`;
      verdicts.push(missing(source.name, none));
      continue;
    }
    try {
      verdicts.push(await verdictOf(live, source, folderOf(scratch, source.name), log));
    } finally {
      await live.close();
    }
  }
  return verdicts;
}

const NONE = "no views of this stream";
const missing = (stream: string, why: string, seq = 0): Verdict => ({
  stream,
  seq,
  same: 0,
  unproven: 0,
  missing: why,
});

async function verdictOf(
  live: Snapshot,
  source: Source,
  scratch: string,
  log: Logger,
): Promise<Verdict> {
  const { name: stream } = source;
  const until = live.checkpoint;
  if (until?.behind !== undefined) return missing(stream, "being built anew", until.seq);
  if (until === undefined || !(await isOf(source, until))) return missing(stream, NONE, until?.seq);
  const store = await ViewStore.open({ dir: scratch, log });
  const later = await replay(source, store.table, until.seq, log);
  await store.close();
  const fresh = Snapshot.of(scratch);
  const compared = compare(live.rows(), fresh?.rows() ?? [][Symbol.iterator](), later);
  await fresh?.close();
  return { stream, seq: until.seq, ...compared };
}

/**
 * Projects the stream up to `until`. Returns who was active beyond it, as far as that matters: of a
 * user's activity the stream keeps the last entry only, so an entry the views were made of may be
 * gone, with a later one in its place.
 */
async function replay(
  source: Source,
  table: Table,
  until: number,
  log: Logger,
): Promise<ReadonlySet<string>> {
  const later = new Set<string>();
  const views = viewsOf(source.name);
  const bugs = new Bugs(log);
  let at = table.reset({ epoch: source.epoch, seq: 0, views: {} });
  const progress = { seen: 0, step: (): void => undefined };
  const following = source.follow(0, (batch: readonly Entry[]) => {
    const due = batch.filter(({ seq }) => seq <= until);
    const seq = due.at(-1)?.seq;
    if (seq !== undefined) {
      at = bugs.around(() =>
        table.commit(at, seq, (rows) => projectAll(rows, due, { views, bugs })),
      );
    }
    for (const { owner } of batch.slice(due.length)) later.add(owner);
    progress.seen = batch.at(-1)?.seq ?? progress.seen;
    progress.step();
  });
  let over = false;
  void following.caughtUp.then(() => {
    over = true;
    progress.step();
  });
  const reach = async (goal: number): Promise<void> => {
    while (progress.seen < goal && !over)
      await Promise.race([following.done, new Promise<void>((done) => (progress.step = done))]);
  };
  await reach(until);
  if (source.name === ACTIVITY) await reach(await source.last());
  await following.stop();
  return source.name === ACTIVITY ? later : new Set();
}

type RowBytes = readonly [key: string, row: Buffer];
/** A key behind every row. */
const END: RowBytes = ["~", Buffer.alloc(0)];

function compare(
  live: Iterable<RowBytes>,
  fresh: Iterator<RowBytes, undefined>,
  later: ReadonlySet<string>,
): Pick<Verdict, "same" | "unproven" | "differs" | "view"> {
  let same = 0;
  let unproven = 0;
  let wanted = fresh.next().value ?? END;
  for (const [key, row] of live) {
    if (key === wanted[0] && row.equals(wanted[1])) {
      same++;
      wanted = fresh.next().value ?? END;
    } else if (key < wanted[0] && later.has(key.slice("seen/".length))) unproven++;
    else return { same, unproven, ...differing(key < wanted[0] ? key : wanted[0]) };
  }
  return { same, unproven, ...(wanted !== END && differing(wanted[0])) };
}

const differing = (differs: string): Pick<Verdict, "differs" | "view"> => {
  const view = VIEWS.find(({ kinds }) => kinds.includes(kindOf(differs)));
  return { differs, ...(view !== undefined && { view: view.name }) };
};
