import { z } from "zod";
import { Id } from "../../events/ids.ts";

/** Characters of a word: a longer one is not even parsed. */
const CHARS_MAX = 1_024;

/** Somebody types to somebody. Never stored. */
const TypingWord = z.object({ to: Id, from: Id });

/** undefined: it is no such word. */
export function readTypingWord(text: string): z.infer<typeof TypingWord> | undefined {
  if (text.length > CHARS_MAX) return undefined;
  try {
    return TypingWord.safeParse(JSON.parse(text)).data;
  } catch {
    // No JSON.
    return undefined;
  }
}
