import { RolledBackError } from "../../events/source.ts";
import { lastOwner } from "../owners.ts";
import { numberOf } from "../subjects.ts";
import type { Topology } from "../topology.ts";

/** The last entry that a reader has seen; seq 0: none. */
export interface Reached {
  readonly seq: number;
  readonly generation: number;
}

/**
 * Looks whether a stream is still the one that was read: a log that ends before what was read of it would bring
 * nothing for a long time, and then the wrong.
 * @throws RolledBackError when it is not; Error when the broker does not answer, or of several replicas one says so
 * that may be a leader that was cut off: the stream's owner knows better, or another answer does.
 */
export async function assertReached(
  { jsm, owners }: Topology,
  stream: string,
  { seq, generation }: Reached,
): Promise<void> {
  const { state, config } = await jsm.streams.info(stream);
  const isShort = state.last_seq < seq;
  const why = `the log ends at ${state.last_seq}, before ${seq}`;
  const k = numberOf(stream);
  if (isShort && (config.num_replicas === 1 || k === undefined)) throw new RolledBackError(why);
  if (k === undefined || seq === 0) return;
  const last = isShort ? await lastOwner(jsm, k) : undefined;
  if (last !== undefined) owners.replace(k, last);
  if (owners.generationAt(k, seq) > generation)
    throw new RolledBackError(`what was read at ${seq} is not there any more`);
  if (isShort) throw new Error(why);
}
