import { factSubject, mailboxStream } from "../subjects.ts";
import type { Topology } from "../topology.ts";
import { entryAt } from "./entryat.ts";

/** Before a replica that has not found the entry, and may be behind, is asked again. */
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
  const found = await entryAt(topology.jsm, stream, seq, AGAIN_MS);
  return found?.subject === factSubject(owner) ? found.string() : undefined;
}
