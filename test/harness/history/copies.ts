import type { Stored } from "./happening.ts";

/** The texts of a mailbox's copies that count, in its order: those whose causes rise. */
export function* counting(entries: readonly Stored[]): Generator<string> {
  const heard = new Map<string, number>();
  for (const { kind, event } of entries) {
    const { type, author = "", cause = 0, text } = event;
    if (kind !== "copy" || cause <= (heard.get(author) ?? 0)) continue;
    heard.set(author, cause);
    if (type === "MessageSent" && text !== undefined) yield text;
  }
}
