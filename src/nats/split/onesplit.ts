import * as z from "zod";
import type { Administered } from "../bundle/administered.ts";
import { ExchangeError } from "../bundle/exchange.ts";
import { consumerSubjects, mailboxStream } from "../subjects.ts";

/** The name of the consumer that a running split holds. */
export const LOCK = "posthorn-split";
/** The broker forgets it so long after the one that listened has gone. */
const GONE_MS = 2_000;
const ANSWER_MS = 10_000;
const PAUSE_MS = 250;
/** The number of the broker's error for a consumer that is there already. */
const EXISTS = 10_148;

const Answer = z.object({
  error: z.object({ err_code: z.int(), description: z.string() }).optional(),
});

/**
 * Sees to it that one split runs at a time: it holds a consumer of the first stream, which the broker makes once and forgets when nobody
 * listens to it any more. One that was killed a moment ago is waited for.
 * @param goneMs the broker forgets it so long after the one that listened has gone.
 * @returns how to let go of it.
 * @throws ExchangeError when another split runs.
 */
export async function holdSplit(
  broker: Administered,
  goneMs = GONE_MS,
): Promise<() => Promise<void>> {
  const { exchange, jsm } = broker;
  const inbox = broker.inbox();
  const listening = exchange.nc.subscribe(inbox, { callback: () => undefined });
  try {
    for (const until = performance.now() + 2 * goneMs; !(await isMade(broker, inbox, goneMs));) {
      if (performance.now() > until)
        throw new ExchangeError("another split runs: wait for its end, or stop it");
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  } catch (error) {
    listening.unsubscribe();
    throw error;
  }
  return async () => {
    listening.unsubscribe();
    // The broker does it as well, a little later.
    await jsm.consumers.delete(mailboxStream(0), LOCK).catch(() => undefined);
  };
}

async function isMade(
  { exchange: { nc } }: Administered,
  inbox: string,
  goneMs: number,
): Promise<boolean> {
  const [subject = ""] = consumerSubjects(mailboxStream(0), LOCK);
  const config = {
    name: LOCK,
    deliver_subject: inbox,
    deliver_policy: "new",
    ack_policy: "none",
    headers_only: true,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: goneMs * 1e6,
  };
  const question = { stream_name: mailboxStream(0), action: "create", config };
  const answer = await nc.request(subject, JSON.stringify(question), { timeout: ANSWER_MS });
  const { error } = Answer.parse(answer.json());
  if (error === undefined) return true;
  if (error.err_code === EXISTS) return false;
  throw new ExchangeError(`the broker refuses: ${error.description}`);
}
