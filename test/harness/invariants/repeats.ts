import { counting } from "../history/copies.ts";
import type { Invariant } from "./invariant.ts";

/** I17: an acknowledged send is in its author's mailbox, and a copy that counts is in its peer's. */
export const repeats: Invariant = {
  id: "I17",
  promise: "no acknowledged send is dropped as a repeat",
  breaches({ sendings, mailboxes }) {
    const stated = new Set(
      [...mailboxes.values()]
        .flat()
        .flatMap(({ kind, event }) => (kind === "fact" ? [event.text] : [])),
    );
    const counted = new Set([...mailboxes.values()].flatMap((entries) => [...counting(entries)]));
    return [...sendings.values()].flatMap(({ text, to, acks: [ack] }) => {
      if (ack === undefined || counted.has(text)) return [];
      const stage = stated.has(text) ? `counts for nobody at ${to}` : "is in no mailbox";
      return [`${text} was acknowledged as ${ack.id}, and ${stage}`];
    });
  },
};
