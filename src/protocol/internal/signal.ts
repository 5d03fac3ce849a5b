import * as z from "zod";
import { Id } from "../../events/ids.ts";
import { readWord } from "./readword.ts";

/** Characters of a word: a longer one is not even parsed. As many as name 1,024 groups. */
const CHARS_MAX = 80 * 1024;
/** Groups that one word names. */
const GROUPS_MAX = 1_024;

const groups = z.array(Id).max(GROUPS_MAX);

/** Somebody types to somebody, or to a group. */
const TypingWord = z.object({ to: Id, from: Id });
/** The question which groups a user follows, of a gateway for one session: with the ended ranges of the groups named. */
export const FollowQuestion = z.object({ user: Id, session: Id, gateway: Id, groups });
export type FollowQuestion = z.infer<typeof FollowQuestion>;
/** Groups that a gateway follows: it is told which of them move. */
export const Audience = z.object({ gateway: Id, groups });
export type Audience = z.infer<typeof Audience>;

/** A word to the host that runs a slot. Never stored. */
export type Signal =
  | ({ kind: "typing" } & z.infer<typeof TypingWord>)
  | ({ kind: "follow" } & FollowQuestion)
  | ({ kind: "audience" } & Audience);

const Word = z.union([
  TypingWord,
  z.object({ follow: FollowQuestion }),
  z.object({ audience: Audience }),
]);

export function writeSignal({ kind, ...said }: Signal): string {
  return JSON.stringify(kind === "typing" ? said : { [kind]: said });
}

/** undefined: it is no such word. */
export function readSignal(text: string): Signal | undefined {
  const word = readWord(Word, text, CHARS_MAX);
  if (word === undefined) return undefined;
  if ("follow" in word) return { kind: "follow", ...word.follow };
  return "audience" in word ? { kind: "audience", ...word.audience } : { kind: "typing", ...word };
}
