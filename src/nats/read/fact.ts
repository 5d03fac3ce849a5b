import { factSubject, mailboxStream } from "../subjects.ts";
import type { Topology } from "../topology.ts";

/** A replica, or a mirror of an operator's own, may answer before it has the entry: then it is asked again. */
const TRIES = 3;
const AGAIN_MS = 100;

/**
 * The fact of `owner` at `seq`, as JSON text; undefined: nothing is there, or something else.
 * @throws Error when the broker does not answer.
 */
export async function factAt(
  topology: Topology,
  owner: string,
  seq: number,
): Promise<string | undefined> {
  const stream = mailboxStream(topology.partitionOf(owner));
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await new Promise((done) => setTimeout(done, AGAIN_MS));
    const found = await topology.jsm.direct.getMessage(stream, { seq });
    if (found === null) continue;
    return found.subject === factSubject(owner) ? found.string() : undefined;
  }
  return undefined;
}
