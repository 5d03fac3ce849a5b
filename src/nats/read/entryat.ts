import type { JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import { asking } from "./again.ts";

/** A replica that is behind, or a mirror of an operator's own, finds nothing where there is something: so often it is asked. */
const TRIES = 3;

/**
 * The entry of a stream at `seq`; undefined: nothing is there, as far as three questions tell.
 * @param againMs pause before a question is asked again.
 * @throws Error when the broker does not answer.
 */
export async function entryAt(
  jsm: JetStreamManager,
  stream: string,
  seq: number,
  againMs = 0,
): Promise<StoredMsg | undefined> {
  if (seq < 1) return undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0 && againMs > 0) await new Promise((done) => setTimeout(done, againMs));
    const found = await asking(() => jsm.direct.getMessage(stream, { seq }));
    if (found !== null) return found;
  }
  return undefined;
}
