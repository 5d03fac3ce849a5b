import { randomBytes } from "node:crypto";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { LAYOUT, type Owner } from "../events/owner.ts";
import { RULES } from "../events/since.ts";
import { NEVER } from "../events/instant.ts";
import type { Checkpoint, Highest } from "../events/record.ts";
import { generationOf, latest, type Mark } from "../events/position.ts";
import { lastOwner, putBehind, putOwner, type OwnerEntry } from "./owners.ts";
import { READ_ONLY, records } from "./kv/records.ts";
import { checkpointStream, ownerSubject } from "./subjects.ts";

/** Another process has stored an entry a moment ago: a replica may not have it yet. */
const TRIES = 100;
const PAUSE_MS = 50;

/** The name of another life of a stream. */
export const newEpoch = (): string => randomBytes(9).toString("base64url");

/**
 * The entry of stream `k` about itself: made when there is none, so that it is the stream's first, of the deal of the others. Of
 * two processes that start at once one stores it, the other reads it.
 */
export async function ensureOwner(
  nc: NatsConnection,
  jsm: JetStreamManager,
  k: number,
  epoch: string,
  beside: Beside,
): Promise<OwnerEntry> {
  for (let tries = 0; tries < TRIES; tries++) {
    const last = await lastOwner(jsm, k).catch(ofNobody);
    if (last !== undefined) return last;
    const layout = await layoutOf(jsm, beside.partitions);
    const marks = await marksOfNew(beside, k);
    const began = { epoch, earlier: [], marks, rules: RULES, layout };
    const owner: Owner = { type: "StreamBegan", ...began };
    // First outside, so that the number is never used twice, whatever becomes of the stream.
    const isSaved = marks.length === 0 || (await saved(nc, jsm, k, { epoch, trail: [], marks }));
    const seq = isSaved ? await putOwner(nc, k, owner, 0) : undefined;
    if (seq !== undefined) return { seq, owner };
    beside.forget();
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  throw new Error(`${ownerSubject(k)} cannot be read`);
}

/** The number of the deal, as the first stream says it that says anything: any of them may have been lost and made anew. */
async function layoutOf(jsm: JetStreamManager, partitions: number): Promise<number> {
  for (let k = 0; k < partitions; k++) {
    const last = await lastOwner(jsm, k).catch(ofNobody);
    if (last !== undefined) return last.owner.layout;
  }
  return LAYOUT;
}

/**
 * Replicas of a stream that was made a moment ago answer no direct get yet. Then it counts as one without an entry: where
 * there is one all the same, storing another as the first is refused, and it is looked for again.
 */
function ofNobody(error: unknown): undefined {
  if (error instanceof Error && error.message.startsWith("no responders")) return undefined;
  throw error;
}

/**
 * The beginnings of the generations of mailbox stream `k`, which has no entry yet: none where nothing has ever been saved beside
 * the streams. Where something was, the stream was there before, and was lost or removed; then all of it is one generation, above
 * every one that is known of it, so that nothing that is sent now is taken for a repeat of what was sent then (docs/adr/0052).
 * @throws Error when the broker does not answer.
 */
export async function marksOfNew(beside: Beside, k: number): Promise<Mark[]> {
  const known = (await beside.saved()).flatMap((each, j) => generationsIn(each, k, j === k));
  return known.length === 0 ? [] : [{ generation: Math.max(...known) + 1, from: 1, before: NEVER }];
}

/** Saves which generations stream `k` begins with. False: another process has saved something meanwhile. @throws Error when the broker does not. */
async function saved(
  nc: NatsConnection,
  jsm: JetStreamManager,
  k: number,
  highest: Highest,
): Promise<boolean> {
  let isFirst = true;
  const replace = async (subject: string, payload: string, after: number): Promise<number> => {
    const seq = await putBehind(nc, subject, payload, after);
    isFirst = seq !== undefined;
    return seq ?? 0;
  };
  const own = records(k, { jsm }, { replace }, Date.now);
  // Reading the record tells its place, behind which the next one is saved.
  await own.highest();
  await own.saveHighest(highest);
  return isFirst;
}

/** All that is saved beside one stream; undefined: nothing. */
interface Saved {
  readonly checkpoint: Checkpoint | undefined;
  readonly highest: Highest | undefined;
}

/** The generations of stream `k` that these records know, be they its own or another stream's; none: nothing is saved there. */
function generationsIn(there: Saved | undefined, k: number, isOwn: boolean): number[] {
  if (there === undefined) return [];
  const { checkpoint, highest } = there;
  const told = checkpoint?.told[k] ?? 0;
  return isOwn
    ? [told, generationOf(checkpoint?.position ?? 0), latest(highest?.marks ?? [])]
    : [told];
}

/** Everything that is saved beside the mailbox streams, read once for all of them that a start makes: each would ask for all of it. */
export class Beside {
  readonly partitions: number;
  readonly #jsm: JetStreamManager;
  #saved: Promise<(Saved | undefined)[]> | undefined;

  /** `partitions`: the number of mailbox streams. */
  constructor(jsm: JetStreamManager, partitions: number) {
    this.#jsm = jsm;
    this.partitions = partitions;
  }

  /** By stream. @throws Error when the broker does not answer. */
  saved(): Promise<readonly (Saved | undefined)[]> {
    const all = Array.from({ length: this.partitions }, (_, j) => j);
    return (this.#saved ??= Promise.all(all.map((j) => this.#savedBeside(j))));
  }

  /** Another process has saved something meanwhile. */
  forget(): void {
    this.#saved = undefined;
  }

  async #savedBeside(j: number): Promise<Saved | undefined> {
    const jsm = this.#jsm;
    const { state } = await jsm.streams.info(checkpointStream(j));
    if (state.last_seq === 0) return undefined;
    const own = records(j, { jsm }, READ_ONLY, Date.now);
    return { checkpoint: await own.checkpoint(), highest: await own.highest() };
  }
}
