import { errors, type NatsConnection } from "@nats-io/transport-node";
import { StartError } from "../start-error.ts";
import { isSilence } from "./notyet.ts";
import { directGetSubject, mailboxStream } from "./subjects.ts";

/** Of two streams that answer, each does so about half of the time: both are missed once in 30,000 starts. */
const TIMES = 16;
const ANSWER_MS = 2_000;
/** The first entry there is. */
const FIRST = JSON.stringify({ seq: 1, next_by_subj: ">" });

/**
 * Refuses a mirror that answers what the mailbox streams are asked: nats-server gives direct gets to it as soon as it is made. Reads notice what
 * it has not, and then wait for another answer, again and again (test/broker/mirror). One that is empty yet is not found.
 * @throws StartError that names it; Error when the broker does not answer.
 */
export async function assertUnmirrored(nc: NatsConnection, partitions: number): Promise<void> {
  for (let k = 0; k < partitions; k++) {
    const stream = mailboxStream(k);
    const asked = await Promise.allSettled(
      Array.from({ length: TIMES }, () => whoAnswers(nc, stream)),
    );
    const names = asked.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    // A replica that stands still keeps its share of the questions: one that is answered shows that the broker is there.
    if (names.length === 0) throw new errors.TimeoutError();
    const other = names.find((name) => name !== undefined && name !== stream);
    if (other !== undefined)
      throw new StartError(
        `stream ${other} answers direct gets for ${stream}: a mirror of a mailbox stream may be in another account only, or not at all`,
      );
  }
}

/** The stream that answers; undefined: none, or it is empty. @throws Error when nobody says anything. */
async function whoAnswers(nc: NatsConnection, stream: string): Promise<string | undefined> {
  try {
    const answer = await nc.request(directGetSubject(stream), FIRST, { timeout: ANSWER_MS });
    return answer.headers?.get("Nats-Stream") || undefined;
  } catch (error) {
    if (isSilence(error)) throw error;
    // No leader, no replica yet: what is asked next tells.
    return undefined;
  }
}
