import { headers } from "@nats-io/transport-node";
import type { Logger } from "pino";
import { StartError } from "../../start-error.ts";
import { reason, type Link } from "../connection.ts";
import { seqOf, type Publisher } from "../publish/publisher.ts";
import { kvStream, kvSubject, mailboxStream, place } from "../subjects.ts";
import { CHECKPOINTS, GATEWAYS, SNAPSHOTS, type Topology } from "../topology.ts";

/** A gateway that has not renewed for so long is dead: its sessions are closed by their actors. */
const GATEWAY_TTL_S = 10;
const GATEWAY_RENEW_MS = 3_000;
const GATEWAY_LIST_MS = 2_000;
const decoder = new TextDecoder();

async function get(topology: Topology, bucket: string, key: string): Promise<string | undefined> {
  const found = await topology.jsm.direct.getMessage(kvStream(bucket), {
    last_by_subj: kvSubject(bucket, key),
  });
  return found === null ? undefined : decoder.decode(found.data);
}

/** How far each partition has been worked off. */
export function checkpoints(topology: Topology, publisher: Publisher) {
  const epochOf = (partition: number): string =>
    topology.epochs.get(mailboxStream(partition)) ?? "";
  return {
    /** Seq of the checkpoint; 0 when there is none, or it belongs to another life of the stream. */
    async load(partition: number): Promise<number> {
      const text = await get(topology, CHECKPOINTS, String(partition));
      if (text === undefined) return 0;
      const { epoch, seq } = JSON.parse(text) as { epoch: string; seq: number };
      const { state } = await topology.jsm.streams.info(mailboxStream(partition));
      return epoch === epochOf(partition) ? Math.min(seq, state.last_seq) : 0;
    },
    async save(partition: number, seq: number): Promise<void> {
      const value = JSON.stringify({ epoch: epochOf(partition), seq });
      await publisher.publish(kvSubject(CHECKPOINTS, String(partition)), value);
    },
  };
}

/** The last written state of each actor, as text; void when the stream has begun a new life. */
export function snapshots(topology: Topology, publisher: Publisher) {
  const epochOf = (owner: string): string =>
    topology.epochs.get(mailboxStream(topology.partitionOf(owner))) ?? "";
  return {
    async load(owner: string): Promise<string | undefined> {
      const epoch = epochOf(owner);
      const text = await get(topology, SNAPSHOTS, place(owner));
      return text?.startsWith(`${epoch}\n`) === true ? text.slice(epoch.length + 1) : undefined;
    },
    async save(owner: string, state: string): Promise<void> {
      await publisher.publish(kvSubject(SNAPSHOTS, place(owner)), `${epochOf(owner)}\n${state}`);
    },
  };
}

/**
 * Which gateways are alive, as the registry says; read again every two seconds. While it cannot be
 * read, nobody is taken for dead.
 */
export async function watchGateways(topology: Topology, log: Logger) {
  let live = new Set<string>();
  let listedAt = 0;
  const prefix = kvSubject(GATEWAYS, "");
  const list = async (): Promise<void> => {
    const filter = { subjects_filter: `${prefix}>` };
    const { state } = await topology.jsm.streams.info(kvStream(GATEWAYS), filter);
    live = new Set(
      Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length)),
    );
    listedAt = performance.now();
  };
  const isStale = (): boolean => performance.now() - listedAt > 2 * GATEWAY_LIST_MS;
  await list();
  const timer = setInterval(() => {
    list().catch((error: unknown) => log.debug({ reason: reason(error) }, "registry not read"));
  }, GATEWAY_LIST_MS);
  return {
    isLive: (gatewayId: string): boolean => live.has(gatewayId) || isStale(),
    stop: () => clearInterval(timer),
  };
}

/**
 * Keeps a gateway in the registry; `lost` is called when it was away so long that it counts as dead.
 * @throws StartError when the broker does not store it.
 */
export async function registerGateway(
  link: Link,
  gatewayId: string,
  lost: () => void,
  log: Logger,
) {
  let renewedAt = performance.now();
  const renew = async (ttlS = GATEWAY_TTL_S): Promise<void> => {
    const ttl = headers();
    ttl.set("Nats-TTL", `${ttlS}s`);
    const began = performance.now();
    const answer = await link.nc.request(kvSubject(GATEWAYS, gatewayId), "", {
      headers: ttl,
      timeout: GATEWAY_RENEW_MS,
    });
    // A full disk, no leader: it answers, but has stored nothing.
    if (seqOf(answer.string()) === undefined) throw new Error("the broker did not store it");
    if (began - renewedAt > GATEWAY_TTL_S * 1_000) lost();
    renewedAt = began;
  };
  await renew().catch((error: unknown) => {
    throw new StartError(`the broker stores nothing, is its disk full? ${reason(error)}`);
  });
  const timer = setInterval(() => {
    renew().catch((error: unknown) => log.debug({ reason: reason(error) }, "registry not renewed"));
  }, GATEWAY_RENEW_MS);
  return {
    /** Has the broker stored a renewal lately? So it tells also of a disk that is full. */
    isFresh: (): boolean => performance.now() - renewedAt < GATEWAY_TTL_S * 1_000,
    async stop(): Promise<void> {
      clearInterval(timer);
      if (link.connected()) await renew(1).catch(() => log.debug("registry not told of the end"));
    },
  };
}
