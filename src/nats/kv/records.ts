import type { JetStreamManager } from "@nats-io/jetstream";
import type { Records } from "../../actors/ports.ts";
import * as z from "zod";
import { instantOfText } from "../../events/instant.ts";
import { Checkpoint, type Kept } from "../../events/record.ts";
import type { Publisher } from "../publish/publisher.ts";
import { asking } from "../read/again.ts";
import { checkpointStream, checkpointSubject } from "../subjects.ts";
import { trailed } from "./trail.ts";

const MINUTE_MS = 60_000;
/** Minutes of which the lowest checkpoint is kept, 31 days: a roll-back is told again from so far back at most. The next one takes the place of the first. */
const KEPT_MINUTES = 44_640;
const OfMinute = Checkpoint.extend({ minute: z.int() });
/** The last tokens of the subjects. */
const [REACHED, HIGHEST, TRAIL, KEPT] = ["reached", "highest", "trail", "kept"] as const;
/** A record, and where the last one lies that this process has read or saved; 0: there is none. */
interface Place {
  readonly key: string;
  at: number;
}
const decoder = new TextDecoder();

/** The one who is asked for a record. */
interface Gets {
  getMessage(
    stream: string,
    query: { last_by_subj: string },
  ): Promise<{ readonly seq: number; readonly data: Uint8Array } | null>;
}

/**
 * Everything that the actors of stream `k` save outside of it, in a stream of its own, so that without it nobody else
 * waits: `checkpoint.<k>.reached`, `checkpoint.<k>.highest` with `checkpoint.<k>.trail`, and of each minute the lowest checkpoint, for a month, as `checkpoint.<k>.kept.<n>`.
 * Each is replaced by compare-and-set, so that an owner that was paused does not put back what its successor has saved (docs/adr/0044).
 * @param gets any replica answers, unless told.
 */
export function records(
  k: number,
  { jsm }: { readonly jsm: JetStreamManager },
  publisher: Pick<Publisher, "replace">,
  now: () => number,
  gets: Gets = jsm.direct,
) {
  const reached: Place = { key: REACHED, at: 0 };
  /** The checkpoint kept of this minute, once it is known. */
  let ofMinute: (Place & { readonly minute: number; lowest: number }) | undefined;
  const { read, write, slot } = placesOf(k, publisher, gets);
  const keptIn = async (minute: number) => {
    const place = { key: `${KEPT}.${minute % KEPT_MINUTES}`, at: 0 };
    const kept = known(OfMinute.safeParse(await read(place)));
    const lowest = kept?.minute === minute ? kept.position : Number.POSITIVE_INFINITY;
    return Object.assign(place, { minute, lowest });
  };
  const keep = async (checkpoint: Checkpoint): Promise<void> => {
    const minute = Math.max(ofMinute?.minute ?? 0, Math.floor(now() / MINUTE_MS));
    if (ofMinute?.minute !== minute) ofMinute = await keptIn(minute);
    if (checkpoint.position >= ofMinute.lowest) return;
    await write(ofMinute, { ...checkpoint, minute });
    ofMinute.lowest = checkpoint.position;
  };
  return {
    async checkpoint() {
      // Others may have kept something, too.
      ofMinute = undefined;
      return known(Checkpoint.safeParse(await read(reached)));
    },
    async saveCheckpoint(checkpoint) {
      await keep(checkpoint);
      await write(reached, checkpoint);
    },
    ...trailed(slot(HIGHEST), slot(TRAIL)),
    kept: () => keptOf(k, jsm),
  } satisfies Records;
}

/** Reads and replaces records of stream `k`. */
function placesOf(k: number, publisher: Pick<Publisher, "replace">, gets: Gets) {
  const read = async (place: Place): Promise<unknown> => {
    const query = { last_by_subj: checkpointSubject(k, place.key) };
    const found = await asking(() => gets.getMessage(checkpointStream(k), query));
    place.at = found?.seq ?? 0;
    return found === null ? undefined : jsonOf(found.data);
  };
  const write = async (place: Place, value: object): Promise<void> => {
    const { key, at } = place;
    place.at = await publisher.replace(checkpointSubject(k, key), JSON.stringify(value), at);
  };
  const slot = (key: string) => {
    const place: Place = { key, at: 0 };
    return { read: () => read(place), write: (value: object) => write(place, value) };
  };
  return { read, write, slot };
}

/** Stands for the publisher where records are only read. */
export const READ_ONLY = {
  replace: () => Promise.reject(new Error("nothing is saved here")),
};

/** Read one by one, and only when something is owed. */
async function keptOf(k: number, jsm: JetStreamManager): Promise<Kept[]> {
  const all: Kept[] = [];
  const stream = checkpointStream(k);
  const subject = checkpointSubject(k, `${KEPT}.*`);
  const { last_seq: end } = (await jsm.streams.info(stream)).state;
  for (let seq = 1; seq <= end;) {
    const found = await jsm.direct.getMessage(stream, { seq, next_by_subj: subject });
    if (found === null) break;
    const checkpoint = Checkpoint.safeParse(jsonOf(found.data));
    if (checkpoint.success)
      all.push({ checkpoint: checkpoint.data, savedAt: instantOfText(found.timestamp) });
    seq = found.seq + 1;
  }
  return all;
}

/** undefined: it is no JSON. */
function jsonOf(data: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(data));
  } catch {
    return undefined;
  }
}

/** A record that cannot be read is none: the actors then begin further back. */
const known = <T>(parsed: { success: true; data: T } | { success: false }): T | undefined =>
  parsed.success ? parsed.data : undefined;
