import { faultsOf } from "./faults.ts";
import type { Happening } from "./happening.ts";

/** A time in which something is the matter. */
interface Span {
  readonly from: number;
  readonly until: number;
}

/** A time in which some mailbox streams had no leader. */
export interface Leaderless extends Span {
  readonly streams: readonly string[];
}

/** Times in which some mailbox stream has no leader. */
export function leaderless(lines: readonly Happening[]): Leaderless[] {
  const spans: Leaderless[] = [];
  let from = 0;
  let streams: readonly string[] = [];
  const end = (until: number): void => {
    if (streams.length > 0) spans.push({ from, until, streams });
  };
  for (const line of lines) {
    if (line.what !== "leaderless") continue;
    end(line.at);
    ({ at: from, streams } = line);
  }
  end(lines.at(-1)?.at ?? from);
  return spans;
}

/** Says of a time whether it was calm, and had been so for `afterMs`: no fault, no stream without a leader, no stall of the harness. */
export function calmOf(
  lines: readonly Happening[],
  afterMs: number,
): (from: number, until: number) => boolean {
  const stalls = lines.flatMap((line): Span[] =>
    line.what === "stall" ? [{ from: line.at - line.ms, until: line.at }] : [],
  );
  const troubles: Span[] = [...faultsOf(lines), ...leaderless(lines), ...stalls];
  return (from, until) =>
    !troubles.some((each) => each.from <= until && from <= each.until + afterMs);
}
