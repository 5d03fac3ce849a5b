import type { KeyedAnswer, KeyedRow } from "../../protocol/frames/keyed.ts";
import type { Query } from "../../protocol/internal/query.ts";
import { kind, type Kind, type Reading, type Rows } from "../store/rows.ts";
import type { View } from "../view.ts";
import type { Change } from "./change.ts";
import { conversations, placeOf, seqAndGeneration } from "./conversation.ts";
import { paged } from "./history.ts";

/** Own messages to groups by the keys that their author's app gave them: the groups' facts have none, since all members see these. */
export const keyed = {
  name: "keyed",
  version: 1,
  of: "mailboxes",
  kinds: ["keyed", "refused"],
  reads: [conversations.name],
  project,
  answer,
} as const satisfies View;

/** An own message to a group, under its place in the owner's mailbox. */
const sendKey: Kind<readonly [cid: string, key: string]> = kind("keyed");
/** The code by which a group has refused a cid of the owner's. */
const refusalKey: Kind<string> = kind("refused");

function project(rows: Rows, change: Change): void {
  if (change.type === "keyed") {
    const { owner, peer, place, cid, key } = change;
    rows.put(sendKey(owner, peer, place), [cid, key]);
  }
  // Of who gives no keys nobody asks.
  if (change.type === "refused" && hasAny(rows, change.owner, change.peer))
    rows.put(refusalKey(change.owner, change.peer, change.cid), change.code);
}

function hasAny(rows: Reading, owner: string, group: string): boolean {
  for (const _ of rows.range(sendKey(owner, group))) return true;
  return false;
}

/** The newest first. */
function answer(rows: Reading, query: Extract<Query, { view: "keyed" }>): KeyedAnswer {
  const { owner, group, before, limit } = query;
  const bounds = { reverse: true, ...(before !== undefined && { to: placeOf(rows, before) }) };
  const found = rows.range(sendKey(owner, group), bounds);
  const { page, more } = paged(found, limit, ([place, [cid, key]]): KeyedRow => {
    const refused = rows.get(refusalKey(owner, group, cid));
    return { ...seqAndGeneration(place), cid, key, ...(refused !== undefined && { refused }) };
  });
  return { sends: page, more };
}
