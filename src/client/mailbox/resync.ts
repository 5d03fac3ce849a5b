import type { ServerFrame } from "../../protocol/frames/frame.ts";
import type { Requests } from "../connection/requests.ts";
import type { Entries } from "../outbox/entries.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { seenUpTo } from "./chat.ts";
import type { Local } from "./local.ts";
import type { Loaded } from "./localchat.ts";
import { loadChats } from "./loading.ts";

/** Chats whose newest messages are loaded at once after a resync: those a user may have before them. */
const OPENED_MAX = 20;

type Resync = Extract<ServerFrame, { t: "resync" }>;
interface Parts {
  local: Local;
  requests: Requests;
  entries: Entries;
  outbox: Outbox;
}

/**
 * Asks the views for what takes the place of all that this device knew.
 * @throws ChatError
 */
export const askAnew = ({ local, requests, entries }: Parts, { seq }: Resync): Promise<Loaded> =>
  loadChats(requests, seq, opened(local, entries));

/** Puts the views' answer in the place of what was known; strikes out of the outbox what it shows. */
export function replace(
  { local, outbox }: Parts,
  loaded: Loaded,
  { seq, epoch, reason }: Resync,
): void {
  // Everything that this device knew of another life of the log is void.
  const known = reason === "too-long" ? local.chats : undefined;
  const read = new Map([...(known ?? [])].map(([peer, { seen }]) => [peer, seen]));
  const chats = loaded.chats.map((chat) => seenUpTo(chat, read.get(chat.peer) ?? 0));
  if (known === undefined) local.keys.clear();
  local.replace({ ...loaded, chats }, seq, epoch);
  for (const { peer, messages } of chats)
    for (const row of messages) if (row.author !== peer) outbox.met(row, false);
  // Older pages may show the others: their chats are read before they are sent.
  outbox.doubt();
}

function opened(local: Local, entries: Entries): Set<string> {
  const newest = [...local.chats.values()]
    .filter(({ messages }) => messages.length > 1)
    .toSorted((a, b) => (b.messages.at(-1)?.seq ?? 0) - (a.messages.at(-1)?.seq ?? 0))
    .slice(0, OPENED_MAX);
  return new Set([...newest.map(({ peer }) => peer), ...entries.all.map(({ to }) => to)]);
}
