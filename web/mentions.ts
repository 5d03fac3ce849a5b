/** Names of members in a text: `@` and the name, where no word goes on before or behind it. */

/** Pieces of a text: what is a name of one of `members`, and what is not. */
export function cutMentions(
  text: string,
  members: readonly string[],
): { readonly text: string; readonly user?: string }[] {
  const found: { text: string; user?: string }[] = [];
  let from = 0;
  for (const match of text.matchAll(/(?<![\w-])@([\w-]+)/g)) {
    const [, user = ""] = match;
    if (!members.includes(user)) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ text: match[0], user });
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** Members that a message may name. */
const MENTIONS_MAX = 20;

/** The members that a text names, each once. */
export const mentionsIn = (text: string, members: readonly string[]): string[] =>
  [...new Set(cutMentions(text, members).flatMap(({ user }) => user ?? []))].slice(0, MENTIONS_MAX);

/** The name that is being written where the caret stands; undefined: none. */
export function beginOf(
  text: string,
  caret: number,
): { readonly at: number; readonly name: string } | undefined {
  const [all, name] = /(?<![\w-])@([\w-]*)$/.exec(text.slice(0, caret)) ?? [];
  return all === undefined || name === undefined ? undefined : { at: caret - all.length, name };
}
