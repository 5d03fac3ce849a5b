import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { assertOfCluster } from "./clustername.ts";
import { lastOwner } from "./owners.ts";
import { backedUp, dealtIn } from "./streams.ts";
import { mailboxStream, numberOf, streamInfoSubject } from "./subjects.ts";
import { timeOf } from "./time.ts";
import { assertFormat, EPOCH_KEY, find } from "./topology.ts";

/** Everything about the broker that can be looked at without changing it. */

const ANSWER_MS = 5_000;

/** The words of a broker that does not have JetStream for this user; undefined: it has. */
export async function lacksJetStream(nc: NatsConnection): Promise<string | undefined> {
  const answer = await nc
    .request(streamInfoSubject(mailboxStream(0)), "", { timeout: ANSWER_MS })
    .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  if (typeof answer === "string") return answer;
  const { error } = answer.json<{ error?: { err_code?: number; description?: string } }>();
  // Its absence is known by its number: there is no such stream.
  return error === undefined || error.err_code === NO_STREAM ? undefined : error.description;
}
const NO_STREAM = 10_059;

/** The streams: how many mailbox streams there are, and of how many replicas; undefined: none yet. */
export interface Streams {
  readonly mailboxes: number;
  readonly replicas: number;
}

/** @throws Error that says which stream is missing, or not as it should be. */
export async function streamsOf(nc: NatsConnection, cluster: string): Promise<Streams | undefined> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const first = await find(jsm, mailboxStream(0));
  if (first === undefined) return undefined;
  const mailboxes = dealtIn(first.config);
  for (const name of backedUp(mailboxes)) {
    const found = await find(jsm, name);
    if (found === undefined) throw new Error(`stream ${name} is missing`);
    assertFormat(found);
    assertOfCluster(found.config, cluster);
    const k = numberOf(name);
    if (k === undefined) continue;
    const owner = (await lastOwner(jsm, k))?.owner;
    if (owner?.epoch !== found.config.metadata?.[EPOCH_KEY])
      throw new Error(`stream ${name} does not agree with its metadata on its epoch`);
  }
  return { mailboxes, replicas: first.config.num_replicas };
}

/**
 * How far the broker's clock is ahead of this host's, in ms, to half of the time that an answer takes; undefined: there
 * is no stream yet whose answer says the time.
 * @param now ms since 1970, by this host's clock.
 */
export async function clockAhead(
  nc: NatsConnection,
  now: () => number,
): Promise<number | undefined> {
  const asked = now();
  const answer = await nc.request(streamInfoSubject(mailboxStream(0)), "", { timeout: ANSWER_MS });
  const answered = now();
  const { ts } = answer.json<{ ts?: string }>();
  return ts === undefined ? undefined : timeOf(ts) - (asked + answered) / 2;
}
