import { z } from "zod";
import { Host } from "../../events/owner.ts";

/** Streams that one host may own: beyond it a beat is refused. There are no more than slots. */
const OWNED_MAX = 1_024;
/** Characters of a beat: a longer one is not even parsed. */
const BEAT_CHARS_MAX = 32 * 1024;

/**
 * A word of a host that runs actors to all others, twice a second: it lives, and this is what it runs. Never stored.
 * Strict, as everything that comes from another process: what is not a beat is refused as a whole.
 */
export const Beat = Host.extend({
  /** Rises with each beat of an incarnation, so that a repeat is known for one. */
  n: z.int().min(0),
  /** The version of the program. */
  version: z.string().min(1).max(64),
  /** The rules that it folds by. */
  rules: z.int().min(1),
  /** The streams that it runs, each with the seq of its claim. */
  owned: z.array(z.tuple([z.int().min(0), z.int().min(1)])).max(OWNED_MAX),
  /** Actors in memory. */
  load: z.int().min(0),
  /** It is about to stop: nothing is handed to it any more. */
  draining: z.boolean(),
}).strict();
export type Beat = z.infer<typeof Beat>;

/** undefined: it is no beat. */
export function readBeat(text: string): Beat | undefined {
  if (text.length > BEAT_CHARS_MAX) return undefined;
  try {
    return Beat.safeParse(JSON.parse(text)).data;
  } catch {
    // No JSON.
    return undefined;
  }
}
