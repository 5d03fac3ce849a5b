import { mailboxStream } from "../../src/nats/subjects.ts";
import { partitionOf } from "./machines.ts";
import type { Stage } from "./stage.ts";

/**
 * Writes down that stream `k` is another one now. `from`: the first seq of the generation that has to begin for it, one above its end
 * where nothing else is said. `stands`: so many losses of before are in what it is now; all, where nothing else is said.
 */
export function lose(
  { cluster, history, devices }: Pick<Stage, "cluster" | "history" | "devices">,
  k: number,
  { from, stands = history.cuts.length }: { from?: number; stands?: number } = {},
): void {
  const { entries, end } = cluster.stream(mailboxStream(k));
  history.becomes(k, entries, {
    from: from ?? end + 1,
    isKnown: !cluster.isRolledBackUntold,
    stands,
  });
  for (const { user, diary } of devices)
    if (partitionOf(user) === k && diary.cursor > end) diary.strayedAt ??= cluster.time.now;
}
