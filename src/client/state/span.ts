/** Messages in a window at most: as many as a page draws without getting slow. */
export const WINDOW_MAX = 400;

/** The part of a chat's loaded messages that its window shows, by seq, both ends included. */
export interface Span {
  readonly from: number;
  /** Infinity: up to the newest, and what is on its way. */
  readonly to: number;
}

/** A window that nobody has moved: the newest messages. */
export const NEWEST: Span = { from: 0, to: Infinity };

type Rows = readonly { readonly seq: number }[];

/** Where the span begins and ends among the loaded messages; the end is not included. */
export function cut(rows: Rows, { from, to }: Span): { start: number; end: number } {
  const known = to === Infinity ? rows.length : rows.findLastIndex(({ seq }) => seq <= to) + 1;
  // A window so far back that its messages were let go shows the earliest there are.
  const end = known || Math.min(rows.length, WINDOW_MAX);
  const first = rows.findIndex(({ seq }) => seq >= from);
  return { start: Math.max(first < 0 ? end : Math.min(first, end), end - WINDOW_MAX, 0), end };
}

/** The span with up to `limit` more before it. The latest are let go when it would be too long. */
export function movedBack(rows: Rows, span: Span, limit: number): Span {
  const { start, end } = cut(rows, span);
  const first = Math.max(0, start - limit);
  return between(rows, first, Math.min(end, first + WINDOW_MAX));
}

/** The span with up to `limit` more behind it. The earliest are let go when it would be too long. */
export function movedOn(rows: Rows, span: Span, limit: number): Span {
  const { start, end } = cut(rows, span);
  const last = Math.min(rows.length, end + limit);
  return between(rows, Math.max(start, last - WINDOW_MAX), last);
}

const between = (rows: Rows, start: number, end: number): Span => ({
  from: start === 0 ? 0 : (rows[start]?.seq ?? 0),
  to: end === rows.length ? Infinity : (rows[end - 1]?.seq ?? 0),
});
