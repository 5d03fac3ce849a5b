import { headers } from "@nats-io/transport-node";
import type { Logger } from "pino";
import { StartError } from "../../start-error.ts";
import { reason, type Link } from "../connection.ts";
import { seqOf } from "../publish/publication.ts";
import { kvStream, kvSubject } from "../subjects.ts";
import { GATEWAYS } from "../streams.ts";
import type { Topology } from "../topology.ts";

/** A gateway that has not renewed for so long is dead: its sessions are closed by their actors. */
const GATEWAY_TTL_S = 10;
const GATEWAY_RENEW_MS = 3_000;
const GATEWAY_LIST_MS = 2_000;

/** The gateways that are in the registry just now. @throws Error when the broker does not answer. */
export async function gatewaysOf({ jsm }: Topology): Promise<Set<string>> {
  const prefix = kvSubject(GATEWAYS, "");
  const filter = { subjects_filter: `${prefix}>` };
  const { state } = await jsm.streams.info(kvStream(GATEWAYS), filter);
  return new Set(Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length)));
}

/**
 * The gateways that are alive, as the registry says; read again every two seconds. While it cannot be
 * read, nobody is taken for dead.
 */
export async function watchGateways(topology: Topology, log: Logger) {
  let live = new Set<string>();
  let listedAt = 0;
  const list = async (): Promise<void> => {
    live = await gatewaysOf(topology);
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
