import { isGroup } from "../../../src/events/messageid.ts";
import type { FinalItem } from "../history/happening.ts";
import type { History } from "../history/history.ts";
import type { Invariant } from "./invariant.ts";

/** I4: all devices of a user have one order, that of the user's mailbox, and no socket goes back in it. */
export const order: Invariant = {
  id: "I4",
  promise: "a conversation has one order on all devices of a user",
  breaches: (history) => [...onSockets(history), ...ofSeqs(history), ...ofFinals(history)],
};

function* onSockets({ lines }: History): Generator<string> {
  const last = new Map<string, number>();
  for (const line of lines) {
    if (line.what !== "gets") continue;
    const before = last.get(line.socket) ?? 0;
    if (line.seq <= before) yield `socket ${line.socket} got ${line.seq} behind ${before}`;
    last.set(line.socket, Math.max(before, line.seq));
  }
}

/** One seq of a mailbox is one message, whoever says so. */
function* ofSeqs(history: History): Generator<string> {
  const texts = new Map<string, string>();
  for (const [owner, entries] of history.mailboxes)
    for (const { seq, event } of entries)
      if (event.text !== undefined) texts.set(`${owner}:${seq}`, event.text);
  const agrees = (user: string, seq: number | undefined, text: string | undefined): boolean => {
    if (seq === undefined || text === undefined) return true;
    const known = texts.get(`${user}:${seq}`) ?? text;
    texts.set(`${user}:${seq}`, known);
    return known === text;
  };
  for (const line of history.lines) {
    if (line.what !== "gets" || agrees(line.mailbox, line.seq, line.event.text)) continue;
    yield `socket ${line.socket} got ${line.event.text} as ${line.seq} of ${line.mailbox}, which is ${texts.get(`${line.mailbox}:${line.seq}`)}`;
  }
  for (const { device, user, finals } of history.ears.values())
    for (const [chat, items] of finals)
      for (const { seq, text } of isGroup(chat) ? [] : items)
        if (!agrees(user, seq, text)) yield `${device} has ${text} at ${seq}, where another is`;
}

function* ofFinals({ ears }: History): Generator<string> {
  const first = new Map<string, { device: string; texts: string[] }>();
  for (const { device, user, finals } of ears.values())
    for (const [chat, items] of finals) {
      const stored = items.filter(({ id }) => id !== undefined);
      const back = stored.find(({ seq = 0 }, i) => seq < (stored[i - 1]?.seq ?? 0));
      if (back !== undefined) yield `${device} has ${back.text} behind a later one`;
      const key = `${user} ${chat}`;
      const texts = stored.map(({ text }: FinalItem) => text);
      const other = first.get(key);
      if (other === undefined) first.set(key, { device, texts });
      else {
        const at = texts.findIndex((text, i) => other.texts[i] !== text);
        if (at >= 0 || texts.length !== other.texts.length)
          yield `${device} and ${other.device} differ in the chat with ${chat} from ${texts.at(at) ?? "the end"} on`;
      }
    }
}
