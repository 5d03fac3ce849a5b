import { isOfGroup, type Query, type ViewReply } from "../protocol/internal/query.ts";
import { VIEWS } from "./registry.ts";
import type { Table } from "./store/table.ts";
import type { Moment } from "./view.ts";
import { placeOf } from "./views/conversation.ts";

/**
 * Answers a question from the rows of one stream, and says for which seq the answer is true: rows and
 * checkpoint are read in one turn, which is one state of the views.
 */
export function answer(query: Query, table: Table, moment: Moment): ViewReply {
  const { seq, behind } = table.checkpoint() ?? { seq: 0 };
  // While some views are built anew there is no seq for which all of them are true.
  if (seq < query.atLeast || behind !== undefined) return { error: "view.behind" };
  const view = VIEWS.find(({ name }) => name === query.view);
  const result = view?.answer?.(table, query, moment);
  if (result === undefined) return { error: "not_found" };
  return { seq: isOfGroup(query) ? placeOf(table, seq) : seq, result };
}
