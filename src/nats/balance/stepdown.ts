import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { dealtIn, everyStream } from "../streams.ts";
import { mailboxStream, stepdownSubject } from "../subjects.ts";
import { find } from "../topology.ts";
import { moveReplica } from "./evacuate.ts";
import { keptOf } from "./kept.ts";
import type { Replicated, LeaderMove } from "./leaders.ts";
import type { ReplicaMove } from "./replicas.ts";

const ANSWER_MS = 5_000;
/** An election that was asked for takes 50 ms; one that had to be held, some seconds. */
const LED_MS = 10_000;
const LOOK_MS = 20;
/** So many streams are asked about at once, of the two thousand that there may be. */
const AT_ONCE = 32;

/** The leaders and replicas of the streams, with the rights of `admin` (docker/nats.conf). */
export async function leaderships(nc: NatsConnection) {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  return {
    /** All streams and who keeps them; undefined: there are none yet. @throws Error when the broker does not answer. */
    async streams(): Promise<readonly Replicated[] | undefined> {
      const first = await find(jsm, mailboxStream(0));
      if (first === undefined) return undefined;
      const names = everyStream(dealtIn(first.config));
      const all: Replicated[] = [];
      for (let i = 0; i < names.length; i += AT_ONCE)
        all.push(
          ...(await Promise.all(names.slice(i, i + AT_ONCE).map((name) => keptOf(jsm, name)))),
        );
      return all;
    },
    move: (move: LeaderMove) => moveLeader(nc, jsm, move),
    moveReplica: (move: ReplicaMove) => moveReplica(nc, jsm, move),
  };
}

/**
 * Has the leader of a stream hand over to another server. Returns who leads it then; undefined: nobody else within 10 s.
 * @throws Error when the broker refuses.
 */
async function moveLeader(
  nc: NatsConnection,
  jsm: JetStreamManager,
  { stream, from, to }: LeaderMove,
): Promise<string | undefined> {
  const wish = JSON.stringify({ placement: { preferred: to } });
  const answer = await nc.request(stepdownSubject(stream), wish, { timeout: ANSWER_MS });
  const { error } = answer.json<{ error?: { description?: string } }>();
  if (error !== undefined) throw new Error(`${stream}: ${error.description ?? "refused"}`);
  const deadline = performance.now() + LED_MS;
  while (performance.now() < deadline) {
    const { leader } = await keptOf(jsm, stream);
    if (leader !== undefined && leader !== from) return leader;
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  return undefined;
}
