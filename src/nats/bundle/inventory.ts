import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { originOf, type Owner } from "../../events/owner.ts";
import { latest } from "../../events/position.ts";
import { READ_ONLY, records } from "../kv/records.ts";
import { lastOwner } from "../owners.ts";
import { backedUp } from "../streams.ts";
import { checkpointStream, isNumbered, mailboxStream, numberOf } from "../subjects.ts";

/** The streams at a broker that a backup has, by name, as they are now. */
export type Inventory = ReadonlyMap<string, StreamInfo>;

/** The cluster, as its first mailbox stream says. */
export interface Cluster {
  /** The first epoch: the same for all that was put back from its backups. */
  readonly origin: string;
  /** The present one. */
  readonly epoch: string;
}

/** @throws Error when the broker does not answer. */
export async function inventory(jsm: JetStreamManager): Promise<Inventory> {
  const others = new Set(backedUp(0));
  const there = new Map<string, StreamInfo>();
  for await (const info of jsm.streams.list()) {
    const { name } = info.config;
    if (others.has(name) || isNumbered(name)) there.set(name, info);
  }
  return there;
}

/** The cluster that these streams are of; undefined: there is no first mailbox stream, or it says nothing of itself. */
export async function clusterOf(
  jsm: JetStreamManager,
  there: Inventory,
): Promise<Cluster | undefined> {
  const owner = await ownerOf(jsm, there, 0);
  return owner && { origin: originOf(owner), epoch: owner.epoch };
}

/** The highest generation that these streams, or what is saved of them, know of. */
export async function highestGeneration(jsm: JetStreamManager, there: Inventory): Promise<number> {
  const numbers = [0];
  for (const name of there.keys()) {
    const k = numberOf(name);
    if (k === undefined) continue;
    numbers.push(latest((await ownerOf(jsm, there, k))?.marks ?? []));
    if (there.has(checkpointStream(k))) numbers.push(...(await saved(jsm, k)));
  }
  return Math.max(...numbers);
}

async function saved(jsm: JetStreamManager, k: number): Promise<number[]> {
  const own = records(k, { jsm }, READ_ONLY, Date.now);
  const [checkpoint, highest] = [await own.checkpoint(), await own.highest()];
  return [...(checkpoint?.told ?? []), latest(highest?.marks ?? [])];
}

/** The last words about themselves of the mailbox streams that are there. @throws Error when the broker does not answer. */
export async function ownersOf(jsm: JetStreamManager, there: Inventory): Promise<Owner[]> {
  const numbers = [...there.keys()].flatMap((name) => numberOf(name) ?? []);
  const owners = await Promise.all(numbers.map((k) => ownerOf(jsm, there, k)));
  return owners.filter((owner) => owner !== undefined);
}

async function ownerOf(
  jsm: JetStreamManager,
  there: Inventory,
  k: number,
): Promise<Owner | undefined> {
  return there.has(mailboxStream(k)) ? (await lastOwner(jsm, k))?.owner : undefined;
}
