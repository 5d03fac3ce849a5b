import * as z from "zod";
import { SLOTS } from "../../events/limits.ts";
import { Host } from "../../events/owner.ts";
import { readWord } from "./readword.ts";

/** Characters of a beat: a longer one is not even parsed. */
const BEAT_CHARS_MAX = 32 * 1024;

/**
 * A word of a host that runs actors to all others, twice a second: it lives, and this is what it runs. Never stored.
 * A text without one of the fields is refused as a whole; a field that is not known is a newer version's, which has to be heard, too.
 */
export const Beat = Host.extend({
  /** Rises with each beat of an incarnation, so that a repeat is known for one. */
  n: z.int().min(0),
  /** The version of the program. */
  version: z.string().min(1).max(64),
  /** The rules that it folds by. */
  rules: z.int().min(1),
  /** The streams that it runs, each with the seq of its claim. */
  owned: z.array(z.tuple([z.int().min(0), z.int().min(1)])).max(SLOTS),
  /** Actors in memory. */
  load: z.int().min(0),
  /** It is about to stop: nothing is handed to it any more. */
  draining: z.boolean(),
});
export type Beat = z.infer<typeof Beat>;

/**
 * A word of a process without actors, said now and then at the same place: while it is heard, no entry is stored that it could
 * not read (docs/adr/0047).
 */
export const Bystander = Beat.pick({
  host: true,
  incarnation: true,
  version: true,
  rules: true,
});
export type Bystander = z.infer<typeof Bystander>;

const Word = z.union([Beat, Bystander]);

/** undefined: it is no beat. */
export const readBeat = (text: string): Beat | Bystander | undefined =>
  readWord(Word, text, BEAT_CHARS_MAX);
