import * as z from "zod";
import { Id } from "../../events/ids.ts";
import { SLOTS } from "../../events/limits.ts";
import { readWord } from "./readword.ts";

/** Characters of a word: a longer one is not even parsed. As many as name each of 1,025 streams. */
const CHARS_MAX = 32 * 1024;

/**
 * A word of a process with projections to all others like it, now and then: it lives, and this is what it can be asked. Never stored.
 * A text without one of the fields is refused as a whole; a field that is not known is a newer version's, which has to be heard, too.
 */
export const ReplicaWord = z.object({
  /** The name of the process, which outlives it as its folder does. */
  host: Id,
  /** New with each start. */
  incarnation: Id,
  /** So many processes are to keep the views of each stream; absent: all of them. */
  copies: z.int().min(1).optional(),
  /** The name of its views and their versions. */
  views: Id,
  /** The streams of which it is current: of mailboxes, and that of activities. */
  current: z.array(z.string().regex(/^[A-Z]{1,16}(_\d{1,4})?$/)).max(SLOTS + 1),
  /** It is about to stop. */
  leaving: z.boolean(),
});
export type ReplicaWord = z.infer<typeof ReplicaWord>;

/** undefined: it is no such word. */
export const readReplicaWord = (text: string): ReplicaWord | undefined =>
  readWord(ReplicaWord, text, CHARS_MAX);
