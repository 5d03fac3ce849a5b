import type { Query, ViewReply } from "../protocol/internal/query.ts";
import * as chats from "./views/chats.ts";
import * as history from "./views/history.ts";
import * as lastseen from "./views/lastseen.ts";
import type { Reading } from "./store/rows.ts";
import * as status from "./views/status.ts";
import type { Table } from "./store/table.ts";

/** What answering needs to know of the world. */
export interface World {
  /** The stream that a question is about, and that its `atLeast` and the answer's `seq` count in. */
  readonly streamOf: (query: Query) => string;
  readonly table: (stream: string) => Table;
  /** Waits a bounded time until the views of the stream hold `seq`. */
  readonly atLeast: (stream: string, seq: number) => Promise<boolean>;
  /** ms since 1970. */
  readonly now: () => number;
  /** A user is online for so long after the last human action. */
  readonly onlineMs?: number;
}

/**
 * Answers a question from the asker's own stream alone, and says for which seq the answer is true:
 * rows and checkpoint are read in one turn, which is one state of the views.
 */
export async function answer(query: Query, world: World): Promise<ViewReply> {
  const stream = world.streamOf(query);
  if (!(await world.atLeast(stream, query.atLeast))) return { error: "view.behind" };
  const table = world.table(stream);
  const seq = table.checkpoint()?.seq ?? 0;
  if (seq < query.atLeast) return { error: "view.behind" };
  const result = ask(table, query, world);
  return result === undefined ? { error: "not_found" } : { seq, result };
}

function ask(rows: Reading, query: Query, { now, onlineMs }: World): unknown {
  switch (query.view) {
    case "chats":
      return chats.answer(rows, query);
    case "history":
      return history.answer(rows, query);
    case "status":
      return status.answer(rows, query);
    case "lastseen":
      return lastseen.answer(rows, query, now(), onlineMs);
  }
}
