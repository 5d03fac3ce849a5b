/**
 * Hunger of a reader: how far its replica lets it fall behind the stream. Pure. A replica that lags, or that for ever fails to catch up,
 * goes on saying heartbeats: only the stream's end, as its leader knows it, shows what it keeps back (docs/adr/0043).
 */
export interface Hunger {
  /** The stream's end, as it was known at the last look. */
  readonly end: number;
  /** How far the reader had come by then. */
  readonly seq: number;
  /** Moves to another server since the last entry, or since the last end that none has brought. */
  readonly moves: number;
  /** No server has brought anything between the reader and here: it was taken from the log. */
  readonly barren: number;
}

/** Fare of a reader: what it has had, and what there was, as one look finds it. */
export interface Fare {
  /** The stream's end now; undefined: nobody has said. */
  readonly end: number | undefined;
  readonly seq: number;
  /** Has it asked for entries, with none in hand? */
  readonly isWaiting: boolean;
  /** Has its replica said that it has no more? */
  readonly isDry: boolean;
}

export const FED: Hunger = { end: 0, seq: 0, moves: 0, barren: 0 };

/** Acknowledged entries lie on a majority: of three servers the second one has them, or the third. */
const MOVES_MAX = 2;

/** The hunger after a look, and whether the reader has to move to another server: the last entry of the look before has not come. */
export function hungerAfter(
  { end, seq, moves: before, barren }: Hunger,
  look: Fare,
): readonly [Hunger, boolean] {
  const hasCome = look.seq > seq;
  const moves = hasCome ? 0 : before;
  const next = { end: look.end ?? end, seq: look.seq, moves, barren };
  const isBehind = look.isWaiting && look.seq < end && end > barren;
  // One that delivers, and has more, is on its way.
  if (!isBehind || (hasCome && !look.isDry)) return [next, false];
  if (moves < MOVES_MAX) return [{ ...next, moves: moves + 1 }, true];
  return [{ ...next, moves: 0, barren: end }, false];
}
