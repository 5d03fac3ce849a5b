import { mailboxStream } from "../../src/nats/subjects.ts";
import type { Publisher } from "../../src/nats/publish/publisher.ts";
import { FACTS, type Store } from "./support.ts";

/** Publications by the dozen, and the batches in which they came. */

export const STREAM = mailboxStream(0);
export const texts = (n: number): string[] => Array.from({ length: n }, (_, i) => `${i}`);
export const idOf = (text: string): string => `f:alice:a.${text}`;

/** Publishes all in one turn; resolves with their seqs. */
export const publishAll = (publisher: Publisher, all: readonly string[]): Promise<number[]> =>
  Promise.all(all.map((text) => publisher.publish(FACTS, text, idOf(text))));

interface Told {
  readonly seq: number;
  readonly duplicate: boolean;
}
/** Publishes one, with what is told of it. */
export const put = (publisher: Publisher, text: string, id = idOf(text)): Promise<Told> =>
  new Promise((resolve, failed) => {
    const stored = (seq: number, duplicate: boolean): void => resolve({ seq, duplicate });
    publisher.put({ subject: FACTS, id, payload: () => text, stored, failed });
  });

/** Of each entry behind the stream's own: its text, and its place in a batch, if it came in one. */
export async function stored({ topology: { jsm } }: Store) {
  const { last_seq: end } = (await jsm.streams.info(STREAM)).state;
  const seqs = Array.from({ length: end - 1 }, (_, i) => i + 2);
  return Promise.all(
    seqs.map(async (seq) => {
      const message = await jsm.direct.getMessage(STREAM, { seq });
      const place = Number(message?.header.get("Nats-Batch-Sequence") ?? 0);
      return { text: message?.string() ?? "", place };
    }),
  );
}

/** The sizes of the batches that lie in the log, in their order; 1: an entry that came alone. */
export function sizes(found: Awaited<ReturnType<typeof stored>>): number[] {
  const counts: number[] = [];
  for (const { place } of found)
    if (place > 1) counts[counts.length - 1] = place;
    else counts.push(1);
  return counts;
}
