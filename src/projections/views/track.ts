import { kind, type RowKey, type Kind, type Reading, type Rows } from "../store/rows.ts";

/**
 * Pairs of one conversation that are written behind one another, so that their first number rises. A
 * row of its own for each pair would cost ten times its bytes, since LMDB fills pages
 * half when something grows in the middle of its keys; so up to {@link PAIRS_MAX} share a row. The last
 * ones are in an *open* row, under a key that is known, which is written again as it grows.
 */
export interface Track {
  readonly open: Kind<Pairs>;
  /** Full rows, under the first number of their first pair. */
  readonly full: Kind<Pairs>;
}

/** The first pair, and of each that follows how much its numbers are above those of the first. */
type Pairs = readonly number[];
export type Pair = readonly [rising: number, other: number];

/** A row of so many is written again some 30 times at most, at 200 bytes. */
const PAIRS_MAX = 64;

/** The kinds of rows are `name` and `names`. */
export const trackOf = (name: string): Track => ({ open: kind(name), full: kind(`${name}s`) });

/** Adds a pair at the end. */
export function append(rows: Rows, { open, full }: Track, of: Of, [rising, other]: Pair): void {
  const key = open(...of);
  const pairs = rows.get(key) ?? [];
  const [begin, second] = pairs;
  if (begin === undefined || second === undefined) return rows.put(key, [rising, other]);
  if (pairs.length < 2 * PAIRS_MAX)
    return rows.put(key, [...pairs, rising - begin, other - second]);
  rows.put(full(...of, begin), pairs);
  rows.put(key, [rising, other]);
}

/** Owner of the pairs, as in a key: owner and peer, or a group. */
type Of = readonly string[];

/** The pairs whose first number is `from` or above, in order. */
export function* upwards(rows: Reading, track: Track, of: Of, from: number): Generator<Pair> {
  for (const [, pairs] of rowsFrom(rows, track, of, from))
    for (const pair of pairsOf(pairs)) if (pair[0] >= from) yield pair;
}

/** The pairs whose first number is below `to`, the last one first; all, unless told. */
export function* downwards(
  rows: Reading,
  { open, full }: Track,
  of: Of,
  to = Number.POSITIVE_INFINITY,
): Generator<Pair> {
  const prefix: RowKey<Pairs> = full(...of);
  const last = rows.get(open(...of)) ?? [];
  for (const pair of pairsOf(last).toReversed()) if (pair[0] < to) yield pair;
  const bounds = { reverse: true, ...(Number.isFinite(to) && { to }) };
  for (const [, pairs] of rows.range(prefix, bounds))
    for (const pair of pairsOf(pairs).toReversed()) if (pair[0] < to) yield pair;
}

/** The last pair whose first number is below `to`; the last of all, unless told. */
export function lastBelow(
  rows: Reading,
  { open, full }: Track,
  of: Of,
  to = Number.POSITIVE_INFINITY,
): Pair | undefined {
  const found = lastIn(rows.get(open(...of)) ?? [], to);
  if (found !== undefined || !Number.isFinite(to)) return found;
  const prefix: RowKey<Pairs> = full(...of);
  const [, pairs = []] = first(rows.range(prefix, { to, reverse: true })) ?? [];
  return lastIn(pairs, to);
}

/** Rise of the second number, where it never falls: from the last pair up to `behind` to the last one up to `to`. */
export function riseBetween(
  rows: Reading,
  track: Track,
  of: Of,
  { behind, to }: { readonly behind: number; readonly to: number },
): number {
  const last = rows.get(track.open(...of));
  // Without an open row there are no pairs, and where its first pair has 0 all before it have.
  if (last === undefined) return 0;
  const [, least] = last;
  const upTo = (end: number): number => {
    const found =
      lastIn(last, end + 1) ?? (least === 0 ? undefined : lastBelow(rows, track, of, end + 1));
    return found?.[1] ?? 0;
  };
  return upTo(to) - upTo(behind);
}

/** Without a list of all pairs: the newest is what most questions are about. */
function lastIn(pairs: Pairs, to: number): Pair | undefined {
  const [begin, second] = pairs;
  if (begin === undefined || second === undefined || begin >= to) return undefined;
  for (let i = pairs.length - 2; i > 0; i -= 2) {
    const rising = begin + (pairs[i] ?? 0);
    if (rising < to) return [rising, second + (pairs[i + 1] ?? 0)];
  }
  return [begin, second];
}

/** The first pair whose second number has reached `least`; where it never falls, for it is a bisection up to `last`. */
export function firstReaching(
  rows: Reading,
  track: Track,
  of: Of,
  { least, last }: { least: number; last: number },
): Pair | undefined {
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [, row = []] = first(rowsFrom(rows, track, of, middle)) ?? [];
    const pairs = pairsOf(row);
    const [begin, end] = [pairs[0], pairs.at(-1)];
    if (begin === undefined || end === undefined) high = middle;
    else if (end[1] < least) low = Math.max(middle, end[0]) + 1;
    else if (begin[1] >= least) high = Math.min(middle, begin[0]);
    else return pairs.find(([, other]) => other >= least);
  }
  const found = first(upwards(rows, track, of, low));
  return found !== undefined && found[1] >= least ? found : undefined;
}

/** The row in which a number is or would be, and those behind it. */
function* rowsFrom(
  rows: Reading,
  { open, full }: Track,
  of: Of,
  from: number,
): Generator<readonly [number, Pairs]> {
  const last = rows.get(open(...of)) ?? [];
  const [begin] = last;
  if (begin === undefined || begin > from) {
    const prefix: RowKey<Pairs> = full(...of);
    const [start = 0] = first(rows.range(prefix, { to: from + 1, reverse: true })) ?? [];
    yield* rows.range(prefix, { from: start });
  }
  if (begin !== undefined) yield [begin, last];
}

function first<Item>(items: Iterable<Item>): Item | undefined {
  for (const item of items) return item;
  return undefined;
}

function pairsOf(pairs: Pairs): Pair[] {
  const [begin = 0, second = 0] = pairs;
  const all: Pair[] = pairs.length > 0 ? [[begin, second]] : [];
  for (let i = 2; i < pairs.length; i += 2)
    all.push([begin + (pairs[i] ?? 0), second + (pairs[i + 1] ?? 0)]);
  return all;
}
