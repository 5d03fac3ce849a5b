/** Seqs by the name of their stream. */
export type Seqs = ReadonlyMap<string, number>;

/** The ends of the streams, and how far actors and views have come. */
export interface Course {
  /** The last entry of each stream, as far as the broker says. */
  ends(): Promise<Seqs>;
  /** The last entry that the actors of a stream have taken. */
  actors(): Seqs;
  /** The last entry that the views of a stream have. */
  views(): Promise<Seqs>;
}

/** Entries that are stored and not taken yet, by stream. A stream of which an end is not known is left out. */
export interface Lag {
  readonly actors: Seqs;
  readonly views: Seqs;
}

/**
 * How far actors and views are behind. The ends are read before the others, so that nothing is taken for lag
 * that has merely come meanwhile.
 */
export async function lagOf(course: Course): Promise<Lag> {
  const ends = await course.ends();
  return { actors: behind(ends, course.actors()), views: behind(ends, await course.views()) };
}

const behind = (ends: Seqs, taken: Seqs): Seqs =>
  new Map(
    [...taken].flatMap(([stream, seq]) => {
      const end = ends.get(stream);
      return end === undefined ? [] : [[stream, Math.max(0, end - seq)] as const];
    }),
  );
