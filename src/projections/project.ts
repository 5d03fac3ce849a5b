import type { Recorded } from "../events/event.ts";
import * as chats from "./views/chats.ts";
import { fold } from "./views/conversation.ts";
import * as history from "./views/history.ts";
import * as lastseen from "./views/lastseen.ts";
import type { Rows } from "./store/rows.ts";
import * as status from "./views/status.ts";

/** Names the shapes of the rows and what is done with an entry: raised, every view is built anew. */
export const FORMAT = 2;

/** One entry into every view. Pure: the same entries give the same rows, however they are batched. */
export function project(rows: Rows, entry: Recorded): void {
  if (entry.kind === "activity") return lastseen.project(rows, entry);
  const change = fold(rows, entry);
  if (change === undefined) return;
  history.project(rows, change);
  chats.project(rows, change);
  status.project(rows, change);
}
