import type { JetStreamManager } from "@nats-io/jetstream";
import type { Records } from "../../actors/ports.ts";
import { instantOfText } from "../../events/instant.ts";
import { Checkpoint, Highest, type Kept } from "../../events/record.ts";
import type { Publisher } from "../publish/publisher.ts";
import { kvStream, kvSubject } from "../subjects.ts";
import { CHECKPOINTS, KEPT } from "../streams.ts";
import type { Topology } from "../topology.ts";

const MINUTE_MS = 60_000;
const decoder = new TextDecoder();

/**
 * Everything that the actors of stream `k` save outside of it: `<k>.checkpoint` and `<k>.highest` in CHECKPOINT,
 * and of each minute the lowest checkpoint, for a month, as `<k>.<minute>` in KEPT.
 */
export function records(
  k: number,
  { jsm }: Pick<Topology, "jsm">,
  publisher: Pick<Publisher, "publish">,
  now: () => number,
) {
  /** The checkpoint kept of this minute, once it is known. */
  let minute = 0;
  let lowest = Number.POSITIVE_INFINITY;
  const read = async (bucket: string, key: string): Promise<unknown> => {
    const found = await jsm.direct.getMessage(kvStream(bucket), {
      last_by_subj: kvSubject(bucket, key),
    });
    return found === null ? undefined : JSON.parse(decoder.decode(found.data));
  };
  const write = async (bucket: string, key: string, value: object): Promise<void> =>
    void (await publisher.publish(kvSubject(bucket, key), JSON.stringify(value)));
  const keep = async (checkpoint: Checkpoint): Promise<void> => {
    const current = Math.max(minute, Math.floor(now() / MINUTE_MS));
    if (current > minute) {
      const kept = Checkpoint.safeParse(await read(KEPT, `${k}.${current}`));
      lowest = kept.success ? kept.data.position : Number.POSITIVE_INFINITY;
      minute = current;
    }
    if (checkpoint.position >= lowest) return;
    await write(KEPT, `${k}.${current}`, checkpoint);
    lowest = checkpoint.position;
  };
  return {
    async checkpoint() {
      return known(Checkpoint.safeParse(await read(CHECKPOINTS, `${k}.checkpoint`)));
    },
    async saveCheckpoint(checkpoint) {
      await keep(checkpoint);
      await write(CHECKPOINTS, `${k}.checkpoint`, checkpoint);
    },
    async highest() {
      return known(Highest.safeParse(await read(CHECKPOINTS, `${k}.highest`)));
    },
    saveHighest: (highest) => write(CHECKPOINTS, `${k}.highest`, highest),
    kept: () => keptOf(k, jsm),
  } satisfies Records;
}

/** Read one by one: at most 44,640, and only when something is owed. */
async function keptOf(k: number, jsm: JetStreamManager): Promise<Kept[]> {
  const all: Kept[] = [];
  const stream = kvStream(KEPT);
  const subject = kvSubject(KEPT, `${k}.*`);
  const { last_seq: end } = (await jsm.streams.info(stream)).state;
  for (let seq = 1; seq <= end;) {
    const found = await jsm.direct.getMessage(stream, { seq, next_by_subj: subject });
    if (found === null) break;
    const checkpoint = Checkpoint.safeParse(JSON.parse(decoder.decode(found.data)));
    if (checkpoint.success)
      all.push({ checkpoint: checkpoint.data, savedAt: instantOfText(found.timestamp) });
    seq = found.seq + 1;
  }
  return all;
}

/** A record that cannot be read is none: the actors then begin further back. */
const known = <T>(parsed: { success: true; data: T } | { success: false }): T | undefined =>
  parsed.success ? parsed.data : undefined;
