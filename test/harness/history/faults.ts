import type { Happening } from "./happening.ts";

/** A fault as the history has it. */
export interface Window {
  readonly n: number;
  readonly kind: string;
  readonly target: string;
  readonly from: number;
  readonly until: number;
  /** Was its effect seen? */
  readonly confirmed: boolean;
  readonly detail: string;
}

/** The faults of a history, in the order in which they began. One that never ended lasts to the end of it. */
export function faultsOf(lines: readonly Happening[]): Window[] {
  const windows = new Map<number, Window>();
  const over = lines.at(-1)?.at ?? 0;
  for (const line of lines) {
    if (line.what !== "fault") continue;
    const { n, kind, target, phase, at } = line;
    const window = windows.get(n) ?? {
      n,
      kind,
      target,
      from: at,
      until: over,
      confirmed: false,
      detail: "",
    };
    windows.set(n, {
      ...window,
      detail: line.detail ?? window.detail,
      confirmed: window.confirmed || phase === "confirmed",
      until: phase === "ends" ? at : window.until,
    });
  }
  return [...windows.values()];
}

/** Times in which fewer than two of three brokers ran, on purpose: nothing can be stored then, so nothing is late. */
export function withoutQuorum(lines: readonly Happening[]): { from: number; until: number }[] {
  const spans: { from: number; until: number }[] = [];
  let from: number | undefined;
  for (const line of lines) {
    if (line.what !== "quorum") continue;
    if (!line.there) from ??= line.at;
    else if (from !== undefined) {
      spans.push({ from, until: line.at });
      from = undefined;
    }
  }
  return from === undefined ? spans : [...spans, { from, until: lines.at(-1)?.at ?? from }];
}

/** Faults that were there, or over for less than `afterMs`, at some moment of a time. */
export const during = (
  windows: readonly Window[],
  from: number,
  until: number,
  afterMs = 0,
): Window[] => windows.filter((each) => each.from <= until && from <= each.until + afterMs);
