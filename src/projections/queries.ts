import type { Query, ViewReply } from "../protocol/internal/query.ts";
import { VIEWS } from "./registry.ts";
import type { Table } from "./store/table.ts";
import type { Moment } from "./view.ts";

/** Ports of answering. */
export interface World {
  /** The stream that a question is about, and that its `atLeast` and the answer's `seq` count in. */
  readonly streamOf: (query: Query) => string;
  readonly table: (stream: string) => Table;
  /** Waits a bounded time until the views of the stream hold `seq`. */
  readonly atLeast: (stream: string, seq: number) => Promise<boolean>;
  readonly moment: () => Moment;
}

/**
 * Answers a question from the asker's own stream alone, and says for which seq the answer is true:
 * rows and checkpoint are read in one turn, which is one state of the views.
 */
export async function answer(query: Query, world: World): Promise<ViewReply> {
  const stream = world.streamOf(query);
  if (!(await world.atLeast(stream, query.atLeast))) return { error: "view.behind" };
  const table = world.table(stream);
  const { seq, behind } = table.checkpoint() ?? { seq: 0 };
  // While some views are built anew there is no seq for which all of them are true.
  if (seq < query.atLeast || behind !== undefined) return { error: "view.behind" };
  const view = VIEWS.find(({ name }) => name === query.view);
  const result = view?.answer?.(table, query, world.moment());
  return result === undefined ? { error: "not_found" } : { seq, result };
}
