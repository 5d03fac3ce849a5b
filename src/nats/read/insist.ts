import { UnavailableError } from "../publish/publication.ts";
import type { Reader } from "./fair.ts";

/** Pause before asking again, when an answer was none: a replica may be behind. */
const PAUSE_MS = 20;
/** So often in a row without an answer that brings the read on: as long as an election takes. */
const TRIES = 1_000;

/**
 * Asks until there is an answer that counts; undefined is none.
 * @throws UnavailableError after 20 s without one, and when the reader has gone.
 */
export async function insist<Answer>(
  by: Reader,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  for (let tries = 0; tries < TRIES && !by.gone; tries++) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  throw new UnavailableError("no replica has the log as far as it is needed");
}
