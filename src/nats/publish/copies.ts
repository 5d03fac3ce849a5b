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

/** Keeps the names of entries that were set aside, and why, for the operator. */
export function deadLetters(publisher: Publisher, stream: string, log: Logger) {
  /** Since the start. */
  const counts = { unreadable: 0, bug: 0 };
  return {
    deadLetter({ kind, owner, seq }, { why, reason }) {
      const letter = { why, kind, owner, seq, stream, reason };
      log.error({ ...letter, count: ++counts[why] }, "entry set aside");
      publisher
        .publish(deadletterSubject(owner), JSON.stringify(letter), deadletterId(stream, seq))
        .catch((error: unknown) => log.error({ error }, "dead letter not stored"));
    },
  } satisfies DeadLetters;
}
