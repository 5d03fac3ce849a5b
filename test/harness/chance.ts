import { randomOf } from "../support/random.ts";

/** Random numbers that a seed repeats. */
export interface Chance {
  /** A number in [0, 1). */
  next(): number;
  /** An integer from `least` to `most`. */
  between(least: number, most: number): number;
  /** One of some. */
  pick<T>(of: readonly [T, ...T[]]): T;
  /** Some of some, in the order in which they stand: `count` of them. */
  several<T>(of: readonly T[], count: number): T[];
}

/** Chance of a seed and a name: what one part draws moves nothing of another. */
export function chanceOf(seed: number, name: string): Chance {
  const hash = Array.from(name).reduce(
    (before, letter) => Math.imul(before ^ letter.charCodeAt(0), 0x01000193),
    seed ^ 0x811c9dc5,
  );
  const next = randomOf(hash);
  const between = (least: number, most: number): number =>
    least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    pick: (of) => of[between(0, of.length - 1)] ?? of[0],
    several: (of, count) => {
      const keyed = of.map((each, i) => ({ each, i, key: next() }));
      const taken = keyed.toSorted((a, b) => a.key - b.key).slice(0, count);
      return taken.toSorted((a, b) => a.i - b.i).map(({ each }) => each);
    },
  };
}
