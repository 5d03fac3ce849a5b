import type { JetStreamManager } from "@nats-io/jetstream";
import type { Records } from "../../actors/ports.ts";
import { z } from "zod";
import { instantOfText } from "../../events/instant.ts";
import { Checkpoint, Highest, type Kept } from "../../events/record.ts";
import type { Publisher } from "../publish/publisher.ts";
import { checkpointStream, checkpointSubject } from "../subjects.ts";
import type { Topology } from "../topology.ts";

const MINUTE_MS = 60_000;
/** Minutes of which the lowest checkpoint is kept, 31 days: a roll-back is told again from so far back at most. The next one takes the place of the first. */
const KEPT_MINUTES = 44_640;
const OfMinute = Checkpoint.extend({ minute: z.int() });
/** The last tokens of the subjects. */
const [REACHED, HIGHEST, KEPT] = ["reached", "highest", "kept"] as const;
const decoder = new TextDecoder();

/**
 * Everything that the actors of stream `k` save outside of it, in a stream of its own, so that without it nobody else
 * waits: `checkpoint.<k>.reached`, `checkpoint.<k>.highest`, and of each minute the lowest checkpoint, for a month, as `checkpoint.<k>.kept.<n>`.
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
  const read = async (key: string): Promise<unknown> => {
    const found = await jsm.direct.getMessage(checkpointStream(k), {
      last_by_subj: checkpointSubject(k, key),
    });
    return found === null ? undefined : JSON.parse(decoder.decode(found.data));
  };
  const write = async (key: string, value: object): Promise<void> =>
    void (await publisher.publish(checkpointSubject(k, key), JSON.stringify(value)));
  const keep = async (checkpoint: Checkpoint): Promise<void> => {
    const current = Math.max(minute, Math.floor(now() / MINUTE_MS));
    const key = `${KEPT}.${current % KEPT_MINUTES}`;
    if (current > minute) {
      const kept = known(OfMinute.safeParse(await read(key)));
      lowest = kept?.minute === current ? kept.position : Number.POSITIVE_INFINITY;
      minute = current;
    }
    if (checkpoint.position >= lowest) return;
    await write(key, { ...checkpoint, minute: current });
    lowest = checkpoint.position;
  };
  return {
    async checkpoint() {
      return known(Checkpoint.safeParse(await read(REACHED)));
    },
    async saveCheckpoint(checkpoint) {
      await keep(checkpoint);
      await write(REACHED, checkpoint);
    },
    async highest() {
      return known(Highest.safeParse(await read(HIGHEST)));
    },
    saveHighest: (highest) => write(HIGHEST, highest),
    kept: () => keptOf(k, jsm),
  } satisfies Records;
}

/** Read one by one, and only when something is owed. */
async function keptOf(k: number, jsm: JetStreamManager): Promise<Kept[]> {
  const all: Kept[] = [];
  const stream = checkpointStream(k);
  const subject = checkpointSubject(k, `${KEPT}.*`);
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
