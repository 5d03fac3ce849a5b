import { Seldom } from "../../seldom.ts";
import type { Logger } from "pino";
import type { Copies, DeadLetters } from "../../actors/ports.ts";
import { ENDED_BEFORE_HEADER, ENDED_HEADER } from "../ended.ts";
import { copyLane, deadletterId, statedId } from "../names.ts";
import { copySubject, deadletterSubject, factSubject, sessionSubject } from "../subjects.ts";
import type { Topology } from "../topology.ts";
import type { Lanes } from "./lanes.ts";
import type { Publisher } from "./publisher.ts";

/**
 * Stores what actors tell others, each pair of mailboxes in order, and what actors state themselves. `told`: the generation
 * of each stream that these actors have told all that it may have lost, so that what they tell it now comes in its turn.
 */
export const copies = (
  lanes: Lanes,
  publisher: Publisher,
  { partitionOf }: Pick<Topology, "partitionOf">,
  told: readonly number[],
) =>
  ({
    copy(to, copy) {
      const generation = told[partitionOf(to)] ?? 0;
      const due = generation === 0 ? copy : { ...copy, in: generation };
      return lanes.put(copyLane(to, copy), copySubject(to), due);
    },
    ask: (owner, fact) => lanes.put(`${owner}?`, factSubject(owner), fact),
    accept: (group, fact, { after, ended, endedBefore }) =>
      new Promise((stored, failed) => {
        const payload = JSON.stringify(fact);
        publisher.put({
          subject: factSubject(group),
          after,
          envelope: envelopeOf(ended, endedBefore),
          chars: payload.length,
          get lasting() {
            return lanes.lasting;
          },
          payload: () => payload,
          stored,
          failed,
        });
      }),
    close: async (owner, event) => {
      await publisher.publish(sessionSubject(owner), JSON.stringify(event), statedId(event));
    },
  }) satisfies Copies;

/** The headers of a group's fact, a line each. */
const envelopeOf = (ended: string | undefined, endedBefore: number): string =>
  (ended === undefined ? "" : `${ENDED_HEADER}: ${ended}\r\n`) +
  (endedBefore === 0 ? "" : `${ENDED_BEFORE_HEADER}: ${endedBefore}\r\n`);

/** Keeps the names of entries that were set aside, and why, for the operator. */
export function deadLetters(publisher: Publisher, stream: string, log: Logger) {
  /** Since the start. */
  const counts = { unreadable: 0, bug: 0 };
  // A stream may have any number of such entries; each is in the list.
  const [bugs, lines, lost] = [new Seldom(), new Seldom(), new Seldom()];
  return {
    deadLetter({ kind, owner, seq }, { why, reason }, error) {
      const letter = { why, kind, owner, seq, stream, reason };
      const count = ++counts[why];
      if (why === "bug")
        bugs.tell((more) =>
          log.error({ error, owner, seq, ...more }, "bug: a rule of actors failed"),
        );
      lines.tell((more) => log.error({ ...letter, count, ...more }, "entry set aside"));
      publisher
        .publish(deadletterSubject(owner), JSON.stringify(letter), deadletterId(stream, seq))
        .catch((cause: unknown) =>
          lost.tell((more) => log.error({ error: cause, ...more }, "dead letter not stored")),
        );
    },
  } satisfies DeadLetters;
}
