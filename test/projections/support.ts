import { open, type Entry } from "../../src/events/entry.ts";
import { chats } from "../../src/projections/views/chats.ts";
import { history } from "../../src/projections/views/history.ts";
import { readReply } from "../../src/protocol/internal/query.ts";
import type { ChatRow, ChatPlace } from "../../src/protocol/frames/chats.ts";
import type { MessageRow } from "../../src/protocol/frames/history.ts";
import type { StatusAnswer } from "../../src/protocol/frames/status.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import type { Checkpoint } from "../../src/projections/store/checkpoint.ts";
import type { Reading } from "../../src/projections/store/rows.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { status } from "../../src/projections/views/status.ts";

/** Where views begin that are of no registered view. */
export const beginning = (epoch: string): Checkpoint => ({ epoch, seq: 0, views: {} });

/** The views' answers to `owner`. */
export const views = (rows: Reading, owner: string) => ({
  chats: (page: { limit?: number; before?: ChatPlace; repeats?: boolean } = {}) =>
    chats.answer(rows, { view: "chats", owner, device: "phone", atLeast: 0, limit: 50, ...page }),
  chat: (peer: string): ChatRow | undefined =>
    chats
      .answer(rows, { view: "chats", owner, device: "phone", atLeast: 0, limit: 200 })
      .chats.find((chat) => chat.peer === peer),
  history: (peer: string, page: { limit?: number; before?: number; after?: number } = {}) =>
    history.answer(rows, { view: "history", owner, peer, atLeast: 0, limit: 50, ...page }),
  status: (id: string): StatusAnswer | undefined =>
    status.answer(rows, { view: "status", owner, atLeast: 0, id }),
});

/** `given(what happened).when(what happens then)` → the views of alice, whose mailbox it is. */
export const given = (...before: Entry[]) => ({
  when: (...then: Entry[]) => {
    const rows = new MemoryRows();
    for (const each of [...before, ...then]) project(rows, open(each), VIEWS);
    return { ...views(rows, "alice"), rows: rows.all };
  },
});

/** A reply of the views, with what it answers or why it does not. */
export function opened(text: string): { seq: number; result: unknown } | { error: string } {
  const reply = readReply(text);
  if (reply.kind === "refusal") return { error: reply.code };
  return { seq: reply.seq, result: JSON.parse(reply.result) };
}

/** The stream's word that its generation 1 has begun at a seq; `marks`: what it says of generations, if it says something else. */
export const began = (
  from: number,
  marks: readonly object[] = [{ generation: 1, from, before: "1795000200001200000" }],
): Entry => ({
  kind: "owner",
  owner: "MAILBOX_0",
  seq: from,
  at: 1,
  raw: JSON.stringify({ ...BEGAN, marks }),
});
const BEGAN = { type: "GenerationBegan", epoch: "e", earlier: [], rules: 1, layout: 1 };

/** The entry in generation 1: a copy says so itself. */
export const later = (entry: Entry): Entry => {
  const { kind, raw } = entry;
  const inIt = kind === "copy" && {
    raw: JSON.stringify({ ...(JSON.parse(raw) as object), in: 1 }),
  };
  return { ...entry, generation: 1, ...inIt };
};

export const seqs = (messages: readonly MessageRow[]): number[] => messages.map(({ seq }) => seq);
