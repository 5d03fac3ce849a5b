import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { evacuateSubject } from "../subjects.ts";
import { keptOf, type Placed } from "./kept.ts";
import type { Replicated } from "./leaders.ts";
import { isWhole, type ReplicaMove } from "./replicas.ts";

const ANSWER_MS = 5_000;
const LOOK_MS = 200;
/** The broker takes some seconds for a small stream; a large one shows that it gets on: the new replica lacks less and less. */
const STUCK_MS = 60_000;

/**
 * Has a server give its replica of a stream to another one, which the broker chooses. The old one stays until the new one has everything, so
 * each entry is on as many disks as before at each moment. Returns the stream when it is so.
 * @throws Error when the broker refuses, does not know the question, or does not get on for a minute; what it has begun it goes on with.
 */
export async function moveReplica(
  nc: NatsConnection,
  jsm: JetStreamManager,
  { stream, from }: ReplicaMove,
): Promise<Replicated> {
  await ask(nc, stream, from);
  let [seen, since] = [await keptOf(jsm, stream), performance.now()];
  for (;;) {
    const now = await keptOf(jsm, stream);
    if (isWhole(now) && !now.kept.includes(from)) return now;
    if (getsOn(seen, now)) [seen, since] = [now, performance.now()];
    if (performance.now() - since > STUCK_MS)
      throw new Error(
        `${stream} is on its way from ${from}, and has not got on for a minute: nats stream info ${stream} tells more`,
      );
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

/**
 * Is a stream on its way further than it was? It is led again, is kept by others, more of them have all of it, or those that have not lack less
 * of it, of which the first number is the measure: 0 is said of one that was not heard yet.
 */
export const getsOn = (before: Placed, now: Placed): boolean =>
  now.leader !== undefined &&
  (before.leader === undefined ||
    now.kept.toSorted().join() !== before.kept.toSorted().join() ||
    now.ready.length > before.ready.length ||
    (now.lag > 0 && (before.lag === 0 || now.lag < before.lag)));

/** @throws Error */
async function ask(nc: NatsConnection, stream: string, peer: string): Promise<void> {
  const question = JSON.stringify({ peer });
  const options = { timeout: ANSWER_MS };
  const answer = await nc.request(evacuateSubject(stream), question, options).catch(unknown);
  const { error } = answer.json<{ error?: { description?: string } }>();
  if (error !== undefined)
    throw new Error(`${stream} stays on ${peer}: ${error.description ?? "refused"}`);
}

/** A server that does not know the question says nothing. @throws Error */
function unknown(): never {
  throw new Error(
    "no server has answered. Replicas are moved by nats-server 2.15 and newer, all of them",
  );
}
