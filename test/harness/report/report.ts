import { withoutQuorum } from "../history/faults.ts";
import type { History } from "../history/history.ts";
import type { Verdict } from "../invariants/invariants.ts";
import {
  ackGaps,
  ackTimes,
  counts,
  felt,
  groupCounts,
  histogram,
  memoryCurves,
  tally,
  type Felt,
} from "./figures.ts";

/** Breaches that are named of each promise; the history has all of them. */
const BREACHES_SHOWN = 20;
const MEMORY_SPANS = 10;
/** So many of the faults must have had an effect that was seen, or the run shows nothing. */
const CONFIRMED_MIN = 0.95;
/** A harness that is held up for a longer part of its time sees a slow machine, and not what was broken. */
const STALLED_MAX = 0.1;

/** A run, as the report names it. */
export interface Ran {
  readonly seed: number;
  readonly minutes: number;
  readonly only: readonly string[];
  /** The build of `broken/builds.mjs` that was run; undefined: the real one. */
  readonly broken?: string | undefined;
}

/** Reasons for which a run shows nothing, however good its verdicts look. */
export function vacuous(history: History): string[] {
  const faults = felt(history);
  const confirmed = faults.filter((each) => each.confirmed).length;
  const few =
    confirmed < faults.length * CONFIRMED_MIN
      ? [`of ${faults.length} faults only ${confirmed} had an effect that was seen`]
      : [];
  const none = faults.length === 0 ? ["no fault was made"] : [];
  return [...few, ...none, ...slow(history), ...unfelt(history, faults)];
}

/** Faults that met nothing: they leave a quorum, and nothing was acknowledged during them or behind them. */
function unfelt({ lines }: History, faults: readonly Felt[]): string[] {
  const excuses = withoutQuorum(lines);
  const isExcused = ({ from, until }: Felt): boolean =>
    excuses.some((each) => each.from <= until && from <= each.until);
  return faults
    .filter((fault) => fault.acked === 0 && !isExcused(fault))
    .map((fault) => `nothing was acknowledged during ${nameOf(fault)}`);
}

/** Faults of which nobody has seen an effect. */
const unseen = (history: History): string[] =>
  felt(history)
    .filter(({ confirmed }) => !confirmed)
    .map(nameOf);

const excusedMs = ({ lines }: History): number =>
  withoutQuorum(lines).reduce((sum, { from, until }) => sum + until - from, 0);

const nameOf = ({ kind, target, from }: Felt): string =>
  `${kind} of ${target} at ${seconds(from)} s`;

function slow({ lines }: History): string[] {
  const stalled = lines.reduce((sum, line) => sum + (line.what === "stall" ? line.ms : 0), 0);
  const whole = lines.at(-1)?.at ?? 0;
  if (stalled <= whole * STALLED_MAX) return [];
  return [`the harness itself was held up for ${seconds(stalled)} of ${seconds(whole)} s`];
}

/** The report of a run, as a page of Markdown. */
export const reportOf = (ran: Ran, history: History, verdicts: readonly Verdict[]): string =>
  [
    ...head(ran, history, verdicts),
    ...section("Promises", promises(verdicts)),
    ...verdicts.flatMap(findings),
    ...section("Faults", faults(history)),
    ...section("Times between acknowledgements", times(ackGaps(history))),
    ...section("Times until ✓", times(ackTimes(history))),
    ...section("What devices were told", table(["", "times"], words(history))),
    ...section("Memory, MiB", memory(history)),
  ].join("\n");

function head(
  { seed, minutes, only, broken: build }: Ran,
  history: History,
  verdicts: readonly Verdict[],
): string[] {
  const { ok, info, fail } = counts(history);
  const broken = verdicts.filter(({ breaches }) => breaches.length > 0);
  const faulty = [
    ...broken.map(({ id, promise }) => `Broken: ${id}, ${promise}.`),
    ...vacuous(history).map((why) => `Hollow: ${why}.`),
  ];
  const without = unseen(history);
  const stalls = history.lines.flatMap((line) => (line.what === "stall" ? [line.ms] : []));
  return [
    `# Faults: seed ${seed}, ${minutes} minutes`,
    "",
    `\`npm run faults -- --seed ${seed} --minutes ${minutes} --only ${only.join(",")}${build === undefined ? "" : ` --broken ${build}`}\`, Node ${process.versions.node}.`,
    "",
    `**${faulty.length === 0 ? "Every promise was kept." : faulty.join(" ")}**`,
    "",
    ...(without.length > 0
      ? [`**Without an effect that was seen: ${without.join(", ")}.**`, ""]
      : []),
    `${ok + info + fail} messages were written: ${ok} acknowledged, ${info} of which nobody knows, ${fail} refused for good.`,
    ...inGroups(history),
    `Nobody was blamed for being behind for ${seconds(excusedMs(history))} of ${seconds(history.lines.at(-1)?.at ?? 0)} s, without a quorum of brokers.`,
    `The harness itself was held up ${stalls.length} times, at most for ${seconds(Math.max(0, ...stalls))} s.`,
    "",
  ];
}

function inGroups(history: History): string[] {
  const { written, accepted, refused, open, changes } = groupCounts(history);
  if (written === 0) return [];
  return [
    `In groups ${written} were written: ${accepted} accepted, ${refused} refused to who was out, ${open} of which nobody knows; who is in them, and what they are, changed ${changes} times.`,
  ];
}

const promises = (verdicts: readonly Verdict[]): string[] =>
  table(
    ["", "promise", "breaches"],
    verdicts.map(({ id, promise, breaches }) => [id, promise, `${breaches.length}`]),
  );

function findings({ id, breaches }: Verdict): string[] {
  if (breaches.length === 0) return [];
  const shown = breaches.slice(0, BREACHES_SHOWN);
  if (breaches.length > BREACHES_SHOWN) shown.push(`and ${breaches.length - BREACHES_SHOWN} more`);
  return [`### ${id}`, "", ...shown.map((breach) => `* ${breach.replaceAll("\n", "\n  ")}`), ""];
}

const faults = (history: History): string[] => [
  "Times in seconds. *acked*: messages acknowledged during the fault and the 10 s behind it. Of those written then: *✓*, the longest until the acknowledgement; *delivery*, the longest until a device of the peer had it; *first*, from the begin of the fault until the first of them was there.",
  "",
  ...table(
    ["at", "fault", "of", "how", "lasted", "seen", "acked", "✓", "delivery", "first"],
    felt(history).map(rowOf),
  ),
];

const memory = (history: History): string[] =>
  table(
    ["", ...Array.from({ length: MEMORY_SPANS }, (_, i) => `${i + 1}/${MEMORY_SPANS}`)],
    memoryCurves(history, MEMORY_SPANS).map(([name, curve]) => [name, ...curve.map(String)]),
  );

const section = (title: string, lines: readonly string[]): string[] => [
  `## ${title}`,
  "",
  ...lines,
  "",
];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(" | ")} |`,
  `|${head.map(() => "---").join("|")}|`,
  ...rows.map((row) => `| ${row.join(" | ")} |`),
];

const seconds = (ms: number): string => (Number.isFinite(ms) ? (ms / 1_000).toFixed(1) : "-");

function rowOf(fault: Felt): string[] {
  const { from, until, kind, target, detail, confirmed, acked, ackMs, deliveryMs, firstMs } = fault;
  return [
    seconds(from),
    kind,
    target,
    detail,
    seconds(until - from),
    confirmed ? "yes" : "no",
    acked === 0 ? "no traffic" : `${acked}`,
    seconds(ackMs),
    seconds(deliveryMs),
    seconds(firstMs),
  ];
}

function times(all: readonly number[]): string[] {
  const rows = histogram(all).filter(({ count }) => count > 0);
  return table(
    ["up to", "count"],
    rows.map(({ upToMs, count }) => [
      Number.isFinite(upToMs) ? `${upToMs} ms` : "longer",
      `${count}`,
    ]),
  );
}

const words = ({ lines }: History): string[][] =>
  tally(
    lines.flatMap((line) => {
      if (line.what === "closes") return [`closed ${line.code}`];
      if (line.what === "refused") return [`refused ${line.code}`];
      if (line.what === "resyncs") return [`resync ${line.reason}`];
      return line.what === "goaway" ? ["goaway"] : [];
    }),
  ).map(([word, count]) => [word, `${count}`]);
