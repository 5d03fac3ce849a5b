import type { FinalItem, Happening } from "./history/happening.ts";

/** A change by which a history is spoilt, or not. */
export type Change = (lines: Happening[]) => Happening[];

const is = (line: Happening, what: string, fields: object = {}): boolean =>
  line.what === what && Object.entries(fields).every(([key, value]) => Object(line)[key] === value);
export const without =
  (what: string, fields: object = {}): Change =>
  (lines) =>
    lines.filter((line) => !is(line, what, fields));
/** Changes the first line that fits. */
export const changed =
  (what: string, fields: object, to: object): Change =>
  (lines) => {
    const at = lines.findIndex((line) => is(line, what, fields));
    if (at < 0) throw new Error(`nothing of the history is ${what}`);
    return lines.map((line, i) => (i === at ? { ...line, ...to } : line));
  };
export const more =
  (line: object): Change =>
  (lines) => [...lines, { at: 99_999, ...line } as Happening];
export const finals =
  (device: string, change: (items: readonly FinalItem[]) => readonly FinalItem[]): Change =>
  (lines) =>
    lines.map((line) =>
      line.what === "final" && line.device === device
        ? { ...line, items: change(line.items) }
        : line,
    );
export const event =
  (fields: object, to: object): Change =>
  (lines) => {
    const at = lines.findIndex((line) => is(line, "stored", fields));
    return lines.map((line, i) =>
      i === at && line.what === "stored" ? { ...line, event: { ...line.event, ...to } } : line,
    );
  };
export const both =
  (...changes: Change[]): Change =>
  (lines) =>
    changes.reduce((all, change) => change(all), lines);
