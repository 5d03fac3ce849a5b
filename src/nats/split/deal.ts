/** The part of the slots that one stream has once a split is done. Pure. */
export interface Portion {
  /** The number of the stream. */
  readonly k: number;
  /** The number of the stream that holds them before: its own, if it keeps them. */
  readonly of: number;
  readonly slots: readonly number[];
}

/**
 * Deals the slots of some streams to `into`, a multiple of their number: each keeps the first of as many even parts, the
 * others go to new streams, whose numbers come behind.
 * @param held the slots of each stream.
 */
export function refined(held: readonly (readonly number[])[], into: number): Portion[] {
  const parts = into / held.length;
  const part = (slots: readonly number[], i: number): readonly number[] =>
    slots.slice(
      Math.floor((i * slots.length) / parts),
      Math.floor(((i + 1) * slots.length) / parts),
    );
  const kept = held.map((slots, of) => ({ k: of, of, slots: part(slots, 0) }));
  const given = held.flatMap((slots, of) =>
    Array.from({ length: parts - 1 }, (_, i) => ({
      k: held.length + of * (parts - 1) + i,
      of,
      slots: part(slots, i + 1),
    })),
  );
  return [...kept, ...given];
}

/** The portions that stream `of` gives to new ones. */
export const givenBy = (portions: readonly Portion[], of: number): Portion[] =>
  portions.filter((each) => each.of === of && !isOld(each));

/** Does the stream keep what it has, or a part of it? */
export const isOld = ({ k, of }: Portion): boolean => k === of;
