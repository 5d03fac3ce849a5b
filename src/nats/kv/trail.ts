import * as z from "zod";
import { Seq } from "../../events/ids.ts";
import { Highest, Taken, TRAIL_MAX } from "../../events/record.ts";

/** Anchors that lie in the record of the highest itself. With one more all of the trail is saved apart: of some 18 anchors one save has 12 KB, the others have 1 KB. */
const RECENT_MAX = 16;

/** The highest anchor as it is saved: its trail holds the newest anchors only. */
const Brief = Highest.extend({
  trail: z.array(Taken).max(RECENT_MAX),
  /** Position of the last anchor of the older ones, which lie in a record of their own; 0: there are none. */
  older: Seq,
});

/** The trail as it was when it was last saved apart. */
const Older = z.array(Taken).max(TRAIL_MAX + RECENT_MAX);

/** Reads and replaces one record; undefined: there is none. */
interface Slot {
  read(): Promise<unknown>;
  write(value: object): Promise<void>;
}

/**
 * The highest anchor with its trail, in two records: the trail is long and grows by one anchor each time, so most of it is saved once in a
 * while, before the record that counts on it.
 */
export function trailed(brief: Slot, older: Slot) {
  /** Position of the last anchor that is saved apart. */
  let reached = 0;
  return {
    async highest(): Promise<Highest | undefined> {
      const { data } = Brief.safeParse(await brief.read());
      // Read behind the record that counts on it, and in any case: only a record whose place is known can be replaced.
      const trail = Older.safeParse(await older.read()).data ?? [];
      if (data === undefined) return undefined;
      const { older: upTo, ...highest } = data;
      // Another owner may have saved more there meanwhile.
      const end = trail.findIndex(({ position }) => position === upTo);
      reached = end < 0 ? 0 : upTo;
      return { ...highest, trail: [...trail.slice(0, end + 1), ...highest.trail] };
    },
    async saveHighest({ trail, ...highest }: Highest): Promise<void> {
      const known = trail.findLastIndex(({ position }) => position === reached) + 1;
      if (known === 0) reached = 0;
      if (trail.length - known <= RECENT_MAX)
        return brief.write({ ...highest, trail: trail.slice(known), older: reached });
      await older.write(trail);
      reached = trail.at(-1)?.position ?? 0;
      await brief.write({ ...highest, trail: [], older: reached });
    },
  };
}
