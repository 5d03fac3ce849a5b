import { reader, type Reader } from "./fair.ts";
import type { Answer, Found, Request } from "./gets.ts";
import { insist } from "./insist.ts";

/** A page of the whole stream: what lies between two seqs that are wanted costs less than another question. */
const PAGE = { batch: 256, max_bytes: 256 * 1024 } as const;
const EVERYTHING = ">";

/**
 * The entries of a stream at some seqs, by pages of the stream, which are complete as far as they go.
 * @throws UnavailableError
 */
export async function entriesAt(
  seqs: readonly number[],
  ask: (request: Request, by: Reader) => Promise<Answer>,
): Promise<Found[]> {
  const wanted = [...seqs].toSorted((a, b) => a - b);
  const isWanted = new Set(seqs);
  const found: Found[] = [];
  const by = reader();
  for (let seq = wanted[0]; seq !== undefined;) {
    const from = seq;
    const entries = await insist(by, async () => {
      const page = await ask({ seq: from, ...PAGE, next_by_subj: EVERYTHING }, by);
      return page.entries.length > 0 ? page.entries : undefined;
    });
    found.push(...entries.filter((entry) => isWanted.has(entry.seq)));
    const end = entries.at(-1)?.seq ?? from;
    seq = wanted.find((each) => each > end);
  }
  return found;
}
