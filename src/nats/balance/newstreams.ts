import type { NatsConnection } from "@nats-io/transport-node";
import { mailboxStream } from "../subjects.ts";
import type { Topology } from "../topology.ts";
import { leaderMoves } from "./leaders.ts";
import { isWhole } from "./replicas.ts";
import { leaderships } from "./stepdown.ts";

/** The replicas of a stream that was just made find each other in well below a second. */
const WHOLE_MS = 5_000;
const LOOK_MS = 50;

/**
 * Spreads the leaders of streams that were just made, all at once, since nobody waits for them yet: the broker lets chance choose. Leaves
 * streams alone that somebody has written to, and those with one replica.
 * @throws Error when the broker refuses; the streams are as good as before.
 */
export async function leadNewStreams(nc: NatsConnection, topology: Topology): Promise<void> {
  if (topology.replicas < 2 || !(await isNew(topology))) return;
  const { streams, move } = await leaderships(nc);
  const until = performance.now() + WHOLE_MS;
  let now = (await streams()) ?? [];
  while (!now.every(isWhole) && performance.now() < until) {
    await new Promise((done) => setTimeout(done, LOOK_MS));
    now = (await streams()) ?? [];
  }
  await Promise.all(leaderMoves(now).map(move));
}

/** Has each mailbox stream nothing but its first entry, the one about itself? */
async function isNew({ jsm, partitions }: Topology): Promise<boolean> {
  const all = Array.from({ length: partitions }, (_, k) => jsm.streams.info(mailboxStream(k)));
  return (await Promise.all(all)).every(({ state }) => state.last_seq <= 1);
}
