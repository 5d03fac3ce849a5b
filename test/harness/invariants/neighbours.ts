import { calmOf, leaderless } from "../history/calm.ts";
import { during, faultsOf, type Window } from "../history/faults.ts";
import type { History, Sending } from "../history/history.ts";
import type { Invariant } from "./invariant.ts";

/** As often as in a calm time an acknowledgement may take, and on a machine that all processes share at least so long. */
const TIMES = 3;
const AT_LEAST_MS = 1_000;
/** A fault is felt for so long behind its end. */
const AFTER_MS = 15_000;
/** Those who were connected to a broker that is gone are with another one by then. */
const RECONNECTED_MS = 3_000;
/** Fewer acknowledgements say nothing of a ninety-ninth percentile, or of any other. */
const COUNT_MIN = 20;

/** I18: while one partition has no leader, the people of the others are served as ever. */
export const neighbours: Invariant = {
  id: "I18",
  promise: `while a partition has no leader, ✓ of the others takes at most ${TIMES} times as long as in calm`,
  breaches(history) {
    const calm = calmTimes(history);
    const all = besides(history);
    if (calm.length < COUNT_MIN || all.length < COUNT_MIN) return [];
    const most = Math.max(AT_LEAST_MS, TIMES * p99(calm));
    const found = p99(all.map(({ ms }) => ms));
    if (found <= most) return [];
    return all
      .filter(({ ms }) => ms > most)
      .map(
        ({ text, ms, without }) =>
          `✓ of ${text} took ${Math.round(ms)} ms while ${without.join(", ")} had no leader, and in calm ${Math.round(p99(calm))} ms`,
      );
  },
};

/** A message that was written while somebody else's stream had no leader. */
interface Beside {
  readonly text: string;
  readonly ms: number;
  readonly without: readonly string[];
}

function besides(history: History): Beside[] {
  const spans = leaderless(history.lines);
  const faults = faultsOf(history.lines);
  return acknowledged(history).flatMap(({ text, user, at, until }) => {
    const met = spans.filter(({ from, until: to }) => from <= until && at <= to);
    const without = [...new Set(met.flatMap(({ streams }) => streams))];
    const own = history.mailboxes.get(user)?.[0]?.stream;
    const isJudged =
      met.some(({ from, until: to }) => from <= at && at <= to) &&
      own !== undefined &&
      !without.includes(own) &&
      isOneBroker(during(faults, at, until, AFTER_MS), at);
    return isJudged ? [{ text, ms: until - at, without }] : [];
  });
}

/** Has a single broker died, and nothing else happened? Then the streams that it led are all that is away. */
const isOneBroker = ([fault, ...others]: readonly Window[], at: number): boolean =>
  fault !== undefined &&
  others.length === 0 &&
  ["kill", "wipe"].includes(fault.kind) &&
  /^nats-\d$/.test(fault.target) &&
  at >= fault.from + RECONNECTED_MS;

function calmTimes(history: History): number[] {
  const isCalm = calmOf(history.lines, AFTER_MS);
  return acknowledged(history)
    .filter(({ at, until }) => isCalm(at, until))
    .map(({ at, until }) => until - at);
}

const acknowledged = ({ sendings }: History): (Sending & { until: number })[] =>
  [...sendings.values()].flatMap((sending) => {
    const [ack] = sending.acks;
    return ack === undefined ? [] : [{ ...sending, until: ack.at }];
  });

function p99(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
}
