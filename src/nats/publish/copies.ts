import type { Logger } from "pino";
import type { Copies, DeadLetters } from "../../actors/ports.ts";
import {
  copySubject,
  deadletterSubject,
  factSubject,
  mailboxStream,
  partitionOf,
  placeIn,
} from "../subjects.ts";
import type { Lanes } from "./lanes.ts";
import type { Publisher } from "./publisher.ts";

/** Stores what actors tell others, each pair of mailboxes in order, and what actors state themselves. */
export function copies(lanes: Lanes, publisher: Publisher, partitions: number) {
  const place = placeIn(partitions);
  return {
    copy: (from, to, copy) => {
      // A repeated receipt changes nothing: only messages need the broker's help to be dropped.
      const id = copy.type === "MessageSent" ? `c:${from}:${copy.cause}>${to}` : undefined;
      return lanes.put(`${from}>${to}`, copySubject(...place(to)), copy, id);
    },
    state: async (owner, fact, id) => {
      await publisher.publish(factSubject(...place(owner)), JSON.stringify(fact), id);
    },
  } satisfies Copies;
}

/** Keeps the names of entries that cannot be read, for the operator. */
export const deadLetters = (publisher: Publisher, partitions: number, log: Logger) =>
  ({
    deadLetter({ kind, owner, seq }, reason) {
      const partition = partitionOf(owner, partitions);
      const letter = { kind, owner, seq, stream: mailboxStream(partition), reason };
      log.error(letter, "entry set aside: it cannot be read");
      publisher
        .publish(
          deadletterSubject(partition, owner),
          JSON.stringify(letter),
          `d:${partition}:${seq}`,
        )
        .catch((error: unknown) => log.error({ error }, "dead letter not stored"));
    },
  }) satisfies DeadLetters;
