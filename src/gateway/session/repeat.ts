import { Fact } from "../../events/fact.ts";
import { isSameContent } from "../../rules/sameness.ts";
import type { Send } from "../../protocol/frames/send.ts";

/**
 * The log's entry where it says that it has the send already. `same`: it is stored. `absent`: it is
 * not, or not any more, so it is stored under another name. `taken`: the number belongs to another
 * message, as when a machine was copied while it ran.
 */
type Verdict = "same" | "absent" | "taken";

/** Judges a repeat by the fact that lies in its place; undefined: nothing does. */
export function compare(raw: string | undefined, send: Send): Verdict {
  const fact = raw === undefined ? undefined : factOf(raw);
  if (fact?.type !== "MessageSent" || fact.cid !== send.cid) return "absent";
  return isSameContent(fact, send) ? "same" : "taken";
}

function factOf(raw: string): Fact | undefined {
  try {
    return Fact.safeParse(JSON.parse(raw)).data;
  } catch {
    return undefined;
  }
}
