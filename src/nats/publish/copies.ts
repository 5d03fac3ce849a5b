import type { Logger } from "pino";
import type { Copies, DeadLetters } from "../../actors/ports.ts";
import { copyLane, deadletterId, factId } from "../names.ts";
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
    copy: (to, copy) => lanes.put(copyLane(copy), copySubject(...place(to)), copy),
    state: async (owner, fact) => {
      await publisher.publish(factSubject(...place(owner)), JSON.stringify(fact), factId(fact));
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
          deadletterId(partition, seq),
        )
        .catch((error: unknown) => log.error({ error }, "dead letter not stored"));
    },
  }) satisfies DeadLetters;
