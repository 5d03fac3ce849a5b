import { messageId } from "../../events/messageid.ts";
import { placed, positionOf } from "../../events/position.ts";
import type { LineRow, MessageRow } from "../../protocol/frames/history.ts";
import type { Row } from "../mailbox/localchat.ts";

/** A line of the history as a message without a text. */
export function lineOf(group: string, line: LineRow): Row {
  const { seq, generation = 0, at, by, cid, change } = line;
  const id = messageId(group, positionOf(generation, seq));
  return {
    ...placed(line),
    id,
    author: by,
    to: group,
    cid: cid ?? id,
    body: "",
    sentAt: at,
    change,
  };
}

/** Rows of a page, lines included, as a chat has them. */
export const rowsOf = (peer: string, rows: readonly (MessageRow | LineRow)[]): Row[] =>
  rows.map((row) => ("change" in row ? lineOf(peer, row) : row));
