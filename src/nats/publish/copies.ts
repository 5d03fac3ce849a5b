import type { Logger } from "pino";
import type { Copies, DeadLetters } from "../../actors/ports.ts";
import { copyLane, deadletterId, statedId } from "../names.ts";
import { copySubject, deadletterSubject, sessionSubject } from "../subjects.ts";
import type { Lanes } from "./lanes.ts";
import type { Publisher } from "./publisher.ts";

/** Stores what actors tell others, each pair of mailboxes in order, and what actors state themselves. */
export const copies = (lanes: Lanes, publisher: Publisher) =>
  ({
    copy: (to, copy) => lanes.put(copyLane(copy), copySubject(to), copy),
    close: async (owner, event) => {
      await publisher.publish(sessionSubject(owner), JSON.stringify(event), statedId(event));
    },
  }) satisfies Copies;

/** Keeps the names of entries that cannot be read, for the operator. */
export const deadLetters = (publisher: Publisher, stream: string, log: Logger) =>
  ({
    deadLetter({ kind, owner, seq }, reason) {
      const letter = { kind, owner, seq, stream, reason };
      log.error(letter, "entry set aside: it cannot be read");
      publisher
        .publish(deadletterSubject(owner), JSON.stringify(letter), deadletterId(stream, seq))
        .catch((error: unknown) => log.error({ error }, "dead letter not stored"));
    },
  }) satisfies DeadLetters;
