import { isGroup } from "../../../src/events/messageid.ts";
import type { Stored } from "../history/happening.ts";
import type { History } from "../history/history.ts";
import type { Invariant } from "./invariant.ts";

/** I7: nothing is received before it is there: by places in the log and on the socket, never by clocks. */
export const cause: Invariant = {
  id: "I7",
  promise: "no receipt comes before its message",
  breaches: (history) => [
    ...[...history.mailboxes.values()].flatMap((entries) => [...inMailbox(entries)]),
    ...onSockets(history),
  ],
};

const isReceipt = ({ event }: Stored): boolean =>
  event.type === "MessageDelivered" || event.type === "MessageRead";

function* inMailbox(entries: readonly Stored[]): Generator<string> {
  /** By peer: the last position that was written to them, and that came of them. */
  const written = new Map<string, number>();
  const heard = new Map<string, number>();
  for (const entry of entries) {
    const { kind, owner, position, event } = entry;
    const { type, to = "", author = "", peer = "", upTo = 0 } = event;
    if (type === "MessageSent" && kind === "fact") written.set(to, position);
    if (type === "MessageSent" && kind === "copy")
      heard.set(author, Math.max(heard.get(author) ?? 0, event.position ?? 0));
    // Those of groups are of positions of theirs.
    if (!isReceipt(entry) || isGroup(kind === "copy" ? author : peer)) continue;
    const [other, known] = kind === "copy" ? [author, written] : [peer, heard];
    if (upTo > (known.get(other) ?? 0))
      yield `the mailbox of ${owner} has at ${position} a ${type} (${kind}) of ${other} up to ${upTo}, which is not there yet`;
  }
}

function* onSockets({ lines, plugs }: History): Generator<string> {
  const heard = new Map<string, number>();
  const resynced = new Set<string>();
  for (const line of lines) {
    if (line.what === "resyncs") resynced.add(plugs.get(line.socket)?.device ?? "");
    if (line.what !== "gets" && line.what !== "says") continue;
    const { device = "" } = plugs.get(line.socket) ?? {};
    if (line.what === "gets") {
      const { position = 0, author = "" } = line.event;
      const key = `${device} ${author}`;
      heard.set(key, Math.max(heard.get(key) ?? 0, position));
    } else if (isGroup(line.peer)) continue;
    else if (!resynced.has(device) && line.upTo > (heard.get(`${device} ${line.peer}`) ?? 0))
      yield `${device} says ${line.type} of ${line.peer} up to ${line.upTo}, which it does not have`;
  }
}
