import type { Status } from "../history/happening.ts";
import type { Invariant } from "./invariant.ts";

const RANK: Record<Status, number> = { pending: 0, failed: 0, sent: 1, delivered: 2, read: 3 };

/** I6: a tick that somebody has seen does not go back. */
export const ticks: Invariant = {
  id: "I6",
  promise: "ticks never go back",
  breaches({ lines }) {
    const found: string[] = [];
    const last = new Map<string, Status>();
    for (const line of lines) {
      if (line.what !== "ticks") continue;
      const key = `${line.device} ${line.text}`;
      const before = last.get(key);
      if (before !== undefined && RANK[line.status] < RANK[before])
        found.push(`${line.device} shows ${line.text} as ${line.status} behind ${before}`);
      last.set(key, line.status);
    }
    return found;
  },
};
