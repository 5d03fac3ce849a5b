import { faultsOf, type Window } from "../history/faults.ts";
import type { History, Sending } from "../history/history.ts";

/** Figures of a history that the report shows. */

/** A window of a fault ends for its figures so long behind the fault: its effects do not end with it. */
const AFTER_MS = 10_000;

/** A fault, and how well people were served during it and just behind it. */
export interface Felt extends Window {
  /** Messages that were acknowledged in the window. */
  readonly acked: number;
  /** Of those written in the window: the longest until ✓, and until the first device of the peer had it. */
  readonly ackMs: number;
  readonly deliveryMs: number;
  /** From the begin until the first message that was written since came to its peer. */
  readonly firstMs: number;
}

/** The faults, as people felt them. */
export function felt(history: History): Felt[] {
  const arrivals = arrivalsOf(history);
  const sendings = [...history.sendings.values()];
  const acks = sendings.flatMap((sending) => sending.acks.map(({ at }) => at));
  return faultsOf(history.lines).map((window) => {
    const isIn = (at: number): boolean => at >= window.from && at <= window.until + AFTER_MS;
    const written = sendings.filter(({ at }) => isIn(at));
    const came = written.flatMap(({ text, at }) => {
      const arrived = arrivals.get(text);
      return arrived === undefined ? [] : [{ at, arrived }];
    });
    return {
      ...window,
      acked: acks.filter(isIn).length,
      ackMs: Math.max(0, ...written.map(ackMsOf)),
      deliveryMs: Math.max(0, ...came.map(({ at, arrived }) => arrived - at)),
      firstMs: Math.min(...came.map(({ arrived }) => arrived - window.from)),
    };
  });
}

/** When each message first came to a device of its peer. */
function arrivalsOf({ lines, plugs, sendings }: History): Map<string, number> {
  const arrivals = new Map<string, number>();
  for (const line of lines) {
    if (line.what !== "gets" || line.event.type !== "MessageSent") continue;
    const { text = "" } = line.event;
    const isPeer = plugs.get(line.socket)?.user === sendings.get(text)?.to;
    if (isPeer && !arrivals.has(text)) arrivals.set(text, line.at);
  }
  return arrivals;
}

const ackMsOf = ({ at, acks }: Sending): number => (acks[0]?.at ?? at) - at;

/** Messages by what became of them. `info`: nobody knows, so they may be there or not. */
export function counts({ sendings }: History): { ok: number; info: number; fail: number } {
  const all = [...sendings.values()];
  const ok = all.filter(({ acks }) => acks.length > 0).length;
  const fail = all.filter(({ acks, failed }) => acks.length === 0 && failed !== undefined).length;
  return { ok, fail, info: all.length - ok - fail };
}

/** Things written and done in groups, and what became of them. `open`: nobody knows of an outcome. */
export function groupCounts(history: History): {
  written: number;
  accepted: number;
  refused: number;
  open: number;
  changes: number;
} {
  const facts = [...history.groups.values()].flat().filter(({ kind }) => kind === "group");
  const accepted = new Set(facts.flatMap(({ event }) => event.text ?? []));
  const all = [...history.groupSendings.values()];
  const rest = all.filter(({ text }) => !accepted.has(text));
  const refused = rest.filter(({ failed }) => failed !== undefined).length;
  return {
    written: all.length,
    accepted: accepted.size,
    refused,
    open: rest.length - refused,
    changes: facts.length - facts.filter(({ event }) => event.text !== undefined).length,
  };
}

const BOUNDS_MS = [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000, Infinity];

/** How many of some times lie at or below each bound, and above the one before. */
export function histogram(times: readonly number[]): { upToMs: number; count: number }[] {
  return BOUNDS_MS.map((upToMs, i) => ({
    upToMs,
    count: times.filter((ms) => ms <= upToMs && ms > (BOUNDS_MS[i - 1] ?? -1)).length,
  }));
}

/** Times between one acknowledgement and the next, whoever got them. */
export function ackGaps({ sendings }: History): number[] {
  const acks = [...sendings.values()].flatMap(({ acks: [ack] }) => (ack ? [ack.at] : []));
  const sorted = acks.toSorted((a, b) => a - b);
  return sorted.slice(1).map((at, i) => at - (sorted[i] ?? at));
}

/** Times until ✓. */
export const ackTimes = ({ sendings }: History): number[] =>
  [...sendings.values()].filter(({ acks }) => acks.length > 0).map(ackMsOf);

/** Lines of some kind, counted by a word of theirs. */
export function tally(words: readonly string[]): [word: string, count: number][] {
  const counted = new Map<string, number>();
  for (const word of words) counted.set(word, (counted.get(word) ?? 0) + 1);
  return [...counted].toSorted((a, b) => b[1] - a[1]);
}

/** MiB in memory by process, in the order of time, as so many peaks of equal spans. */
export function memoryCurves(
  { lines }: History,
  spans: number,
): [process: string, mib: number[]][] {
  const samples = lines.filter((line) => line.what === "memory");
  const [from, until] = [samples[0]?.at ?? 0, samples.at(-1)?.at ?? 0];
  const curves = new Map<string, number[]>();
  for (const { process, bytes, at } of samples) {
    const curve = curves.get(process) ?? Array.from({ length: spans }, () => 0);
    curves.set(process, curve);
    const i = Math.min(spans - 1, Math.floor(((at - from) / (until - from || 1)) * spans));
    curve[i] = Math.max(curve[i] ?? 0, Math.round(bytes / 2 ** 20));
  }
  return [...curves];
}
