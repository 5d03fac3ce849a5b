/**
 * How far one session has followed its mailbox. History and live meet here without a lock: a live
 * entry is forwarded only when it follows directly; anything else is read from the log, which has
 * every entry in order. So each socket gets each seq exactly once.
 */
export interface Cursor {
  /** The last entry forwarded. */
  readonly seq: number;
  /** The newest entry known to exist. */
  readonly head: number;
  /** The log is being read; live entries only move `head`. */
  readonly filling: boolean;
}

/** `forward`: send it. `fill`: read (seq, head] from the log. */
export type Move = "forward" | "fill" | "nothing";

/** A live entry came. */
export function routed(cursor: Cursor, seq: number, prev: number): [Cursor, Move] {
  if (seq <= cursor.seq) return [cursor, "nothing"];
  const head = Math.max(cursor.head, seq);
  if (cursor.filling) return [{ ...cursor, head }, "nothing"];
  if (prev <= cursor.seq) return [{ seq, head, filling: false }, "forward"];
  return [{ ...cursor, head, filling: true }, "fill"];
}

/** Somebody says that the mailbox reaches `head`. */
export function reaches(cursor: Cursor, head: number): [Cursor, Move] {
  if (head <= cursor.head && (cursor.filling || cursor.seq >= cursor.head))
    return [cursor, "nothing"];
  const next = { ...cursor, head: Math.max(cursor.head, head) };
  if (cursor.filling || next.head <= cursor.seq) return [next, "nothing"];
  return [{ ...next, filling: true }, "fill"];
}

/** An entry read from the log was forwarded. */
export const filledTo = (cursor: Cursor, seq: number): Cursor => ({
  ...cursor,
  seq: Math.max(cursor.seq, seq),
  head: Math.max(cursor.head, seq),
});

/** The log was read up to `upTo`: live from here, or once more when the mailbox has grown. */
export function filled(cursor: Cursor, upTo: number): [Cursor, Move] {
  const seq = Math.max(cursor.seq, upTo);
  const next = { ...cursor, seq };
  return next.head > seq ? [next, "fill"] : [{ ...next, filling: false }, "nothing"];
}
