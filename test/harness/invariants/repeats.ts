import { counting, texts } from "../history/copies.ts";
import type { Invariant } from "./invariant.ts";

/** I17: an acknowledged send is in its author's mailbox, and a copy that counts is in its peer's, in whichever generations of their streams. */
export const repeats: Invariant = {
  id: "I17",
  promise: "no acknowledged send is dropped as a repeat",
  breaches({ sendings, mailboxes }) {
    const stated = new Set<string>();
    const counted = new Set<string>();
    for (const [owner, entries] of mailboxes) {
      for (const { kind, event } of entries)
        if (kind === "fact") stated.add(`${owner} ${event.text}`);
      for (const text of texts(counting(entries))) counted.add(`${owner} ${text}`);
    }
    return [...sendings.values()].flatMap(({ text, user, to, acks: [ack] }) => {
      if (ack === undefined || counted.has(`${to} ${text}`)) return [];
      const stage = stated.has(`${user} ${text}`)
        ? `counts for nobody at ${to}`
        : "is in no mailbox";
      return [`${text} was acknowledged as ${ack.id}, and ${stage}`];
    });
  },
};
