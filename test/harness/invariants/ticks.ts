import { generationOf } from "../../../src/events/position.ts";
import { counting } from "../history/copies.ts";
import type { LoggedEvent, Status } from "../history/happening.ts";
import type { History } from "../history/history.ts";
import type { Invariant } from "./invariant.ts";

const RANK: Record<Status, number> = { pending: 0, failed: 0, sent: 1, delivered: 2, read: 3 };

/**
 * I6: a tick that somebody has seen does not go back, and nobody is told of one below those before: the rule of the receiver alone would hide what a sender does
 * wrong.
 */
export const ticks: Invariant = {
  id: "I6",
  promise: "ticks never go back",
  breaches: (history) => [...shown(history), ...told(history)],
};

function* shown({ lines, sendings }: History): Generator<string> {
  const last = new Map<string, Status>();
  for (const line of lines) {
    if (line.what !== "ticks" || !sendings.has(line.text)) continue;
    const key = `${line.device} ${line.text}`;
    const before = last.get(key);
    if (before !== undefined && RANK[line.status] < RANK[before])
      yield `${line.device} shows ${line.text} as ${line.status} behind ${before}`;
    last.set(key, line.status);
  }
}

/** A stream that was rolled back has lost receipts: each generation of their author's begins anew. */
function* told({ mailboxes }: History): Generator<string> {
  for (const [owner, entries] of mailboxes) {
    const last = new Map<string, Claim>();
    for (const { event, seq } of counting(entries)) {
      const claim = claimOf(event);
      if (claim === undefined) continue;
      const key = `${event.author} ${generationOf(event.cause ?? 0)}`;
      const before = last.get(key) ?? { delivered: 0, read: 0 };
      if (claim.delivered < before.delivered || claim.read < before.read)
        yield `the mailbox of ${owner} is told at ${seq} of a receipt of ${event.author} below the one before`;
      last.set(key, claim);
    }
  }
}

interface Claim {
  readonly delivered: number;
  readonly read: number;
}

/** undefined: it is no receipt. */
function claimOf({ type, upTo = 0, read = 0 }: LoggedEvent): Claim | undefined {
  if (type === "MessageRead") return { delivered: upTo, read: upTo };
  return type === "MessageDelivered" ? { delivered: upTo, read } : undefined;
}
