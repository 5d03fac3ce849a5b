import type { Link } from "./connection.ts";
import { streamInfoSubject } from "./subjects.ts";

/** A broker that has not answered by then is not asked further: the figure is left out. */
const ANSWER_MS = 1_000;
/** Streams that are asked at once: a set of a thousand must not be one burst. */
const AT_ONCE = 64;

/**
 * The seq of the last entry of each stream, as the broker says just now. A word to look at, and never to decide
 * by: a leader that was cut off says an old one. A stream that does not answer in time is left out.
 */
export async function lastSeqs(
  link: Link,
  streams: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const ends = new Map<string, number>();
  for (let i = 0; i < streams.length && link.connected(); i += AT_ONCE) {
    const some = streams.slice(i, i + AT_ONCE);
    const seqs = await Promise.allSettled(some.map((stream) => lastSeq(link, stream)));
    for (const [k, seq] of seqs.entries())
      if (seq.status === "fulfilled" && seq.value !== undefined) ends.set(some[k] ?? "", seq.value);
    // One that does not answer may stand for all: they are not waited for one after the other.
    if (seqs.every(({ status }) => status === "rejected")) break;
  }
  return ends;
}

async function lastSeq({ nc }: Link, stream: string): Promise<number | undefined> {
  const answer = await nc.request(streamInfoSubject(stream), "", { timeout: ANSWER_MS });
  return answer.json<{ state?: { last_seq?: number } }>().state?.last_seq;
}
