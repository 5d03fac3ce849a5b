import * as z from "zod";
import { Id, Seq } from "../../events/ids.ts";
import { readWord } from "./readword.ts";

/** Characters of a word: a longer one is not even parsed. */
const CHARS_MAX = 1_024;

/**
 * A word between replicas of one stream's views: with `has`, the rows that one has at the seq `at`; without, the wish to compare there.
 * Never stored. A field that is not known is a newer version's.
 */
export const SumWord = z.object({
  host: Id,
  at: Seq,
  has: z
    .object({ rows: z.int().nonnegative(), sum: z.string().regex(/^[0-9a-f]{16}$/) })
    .optional(),
});
export type SumWord = z.infer<typeof SumWord>;

/** undefined: it is no such word. */
export const readSumWord = (text: string): SumWord | undefined =>
  readWord(SumWord, text, CHARS_MAX);
