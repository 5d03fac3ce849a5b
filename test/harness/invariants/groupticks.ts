import type { Status } from "../history/happening.ts";
import type { History } from "../history/history.ts";
import type { Invariant } from "./invariant.ts";

const RANK: Record<Status, number> = { pending: 0, failed: 0, sent: 1, delivered: 2, read: 3 };

/** I23: a tick of a message to a group does not go back. One that is stored, and that nobody has yet, may still be refused. */
export const groupTicks: Invariant = {
  id: "I23",
  promise: "ticks in a group never go back",
  breaches: (history) => [...fallen(history)],
};

function* fallen({ lines, groupSendings }: History): Generator<string> {
  const last = new Map<string, Status>();
  for (const line of lines) {
    if (line.what !== "ticks" || !groupSendings.has(line.text)) continue;
    const { device, text, status } = line;
    const key = `${device} ${text}`;
    const before = last.get(key);
    const isRefused = before === "sent" && RANK[status] === 0;
    if (before !== undefined && RANK[status] < RANK[before] && !isRefused)
      yield `${device} shows ${text} as ${status} behind ${before}`;
    last.set(key, status);
  }
}
