import type { Entry } from "../events/entry.ts";
import type { Following, Source } from "../events/source.ts";

/** No stream is read so much further ahead than another, by the times of their entries: what has not found its other half yet is kept. */
const AHEAD_MS = 60_000;

/** A stream as far as it is to be read. */
export interface Stretch {
  readonly source: Pick<Source, "follow">;
  /** The last seq that is read. */
  readonly end: number;
}

/**
 * Reads several streams to their ends, side by side.
 * @param take is handed each entry, in the order of its stream. An error of it ends the reading.
 * @throws Error when a stream cannot be read.
 */
export async function readAbreast(
  stretches: readonly Stretch[],
  take: (entry: Entry, stretch: number) => void,
): Promise<void> {
  const pace = new Pace(stretches.length);
  const read = ({ source, end }: Stretch, i: number): Following =>
    source.follow(0, async (batch) => {
      const [first] = batch;
      if (first !== undefined) await pace.reach(i, first.at);
      for (const entry of batch) if (entry.seq <= end) take(entry, i);
    });
  const readings = stretches.map(read);
  try {
    await Promise.all(
      readings.map(async ({ caughtUp, done }, i) => {
        await Promise.race([caughtUp, done]);
        pace.leave(i);
      }),
    );
  } finally {
    for (const i of readings.keys()) pace.leave(i);
    await Promise.all(readings.map((reading) => reading.stop()));
  }
}

/** How far each of several readers has come in time. */
class Pace {
  readonly #at: number[];
  #waiting: (() => void)[] = [];

  constructor(readers: number) {
    this.#at = Array.from({ length: readers }, () => 0);
  }

  /** A reader has come so far. Resolves when the others are not far behind; the last one never waits. */
  async reach(reader: number, at: number): Promise<void> {
    this.#move(reader, at);
    while (at > Math.min(...this.#at) + AHEAD_MS)
      await new Promise<void>((go) => this.#waiting.push(go));
  }

  /** Nobody waits for this reader any more, and neither does it. */
  leave(reader: number): void {
    this.#move(reader, Number.POSITIVE_INFINITY);
  }

  #move(reader: number, at: number): void {
    this.#at[reader] = at;
    for (const go of this.#waiting.splice(0)) go();
  }
}
