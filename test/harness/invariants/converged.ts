import type { Status } from "../history/happening.ts";
import type { History, Sending } from "../history/history.ts";
import type { Invariant } from "./invariant.ts";

/** I8: in the end the ticks say what the other side has stated, on every device of the author. */
export const converged: Invariant = {
  id: "I8",
  promise: "ticks say in the end what is true",
  breaches: (history) => [...wrong(history)],
};

function* wrong(history: History): Generator<string> {
  const readUpTo = reads(history);
  for (const { device, user, kind, finals } of history.ears.values()) {
    if (kind !== "app") continue;
    for (const [chat, items] of finals)
      for (const { text, id, author, status } of items) {
        const sending = history.sendings.get(text);
        if (sending === undefined || id === undefined || author !== user) continue;
        const due = dueOf(readUpTo, sending, id);
        if (due !== status)
          yield `${device} shows ${text} to ${chat} as ${status}, and it is ${due}`;
      }
  }
}

/** How far each has read what another wrote, as their own mailboxes say: `<reader> <author>`. */
function reads({ mailboxes }: History): Map<string, number> {
  const upTo = new Map<string, number>();
  for (const [owner, entries] of mailboxes)
    for (const { kind, event } of entries) {
      if (kind !== "fact") continue;
      const far = event.type === "MessageRead" ? event.upTo : event.read;
      const key = `${owner} ${event.peer}`;
      if (far !== undefined) upTo.set(key, Math.max(upTo.get(key) ?? 0, far));
    }
  return upTo;
}

/** Every device is there in the end, so what is stored is delivered. */
function dueOf(readUpTo: ReadonlyMap<string, number>, { user, to }: Sending, id: string): Status {
  const position = Number(id.split(":")[1]);
  return position <= (readUpTo.get(`${to} ${user}`) ?? 0) ? "read" : "delivered";
}
