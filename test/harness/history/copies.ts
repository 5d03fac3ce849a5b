import { generationOf } from "../../../src/events/position.ts";
import type { Stored } from "./happening.ts";

/** A copy that counts in a mailbox. */
export type Counting = Stored & { readonly kind: "copy" };

/**
 * The copies of a mailbox that count, in its order: those whose causes rise, and that lie in the generation of the stream for which they were put. A cause
 * is a position, so one of a later generation of the author's stream is above each of an earlier one (docs/adr/0018).
 */
export function* counting(entries: readonly Stored[]): Generator<Counting> {
  const heard = new Map<string, number>();
  for (const entry of entries) {
    const { kind, position, event } = entry;
    const { author = "", cause = 0, in: generation = 0 } = event;
    if (kind !== "copy" || generation !== generationOf(position)) continue;
    if (cause <= (heard.get(author) ?? 0)) continue;
    heard.set(author, cause);
    yield { ...entry, kind };
  }
}

/** The texts of those that are messages. */
export function* texts(copies: Iterable<Counting>): Generator<string> {
  for (const { event } of copies)
    if (event.type === "MessageSent" && event.text !== undefined) yield event.text;
}
