import { headers, type MsgHdrs } from "@nats-io/transport-node";
import type { Logger } from "pino";
import { StartError } from "../../start-error.ts";
import { reason, type Link } from "../connection.ts";
import { seqOf } from "../publish/publication.ts";
import { timeOf } from "../read/pace.ts";
import { kvStream, kvSubject } from "../subjects.ts";
import { GATEWAYS } from "../streams.ts";
import type { Topology } from "../topology.ts";

/** A gateway that has not renewed for so long is dead: its sessions are closed by their actors. */
const GATEWAY_TTL_S = 10;
const GATEWAY_RENEW_MS = 3_000;
const GATEWAY_LIST_MS = 2_000;
const TTL = "Nats-TTL";

/**
 * The gateways that are alive, by the broker's clock: an entry whose time is over may lie there for a while, as when the
 * broker was started again. @throws Error when the broker does not answer.
 */
export async function gatewaysOf({ jsm }: Topology): Promise<Set<string>> {
  const stream = kvStream(GATEWAYS);
  const prefix = kvSubject(GATEWAYS, "");
  const { state, ts } = await jsm.streams.info(stream, { subjects_filter: `${prefix}>` });
  const now = timeOf(ts);
  const isLive = async (subject: string): Promise<boolean> => {
    const last = await jsm.direct.getMessage(stream, { last_by_subj: subject });
    return last !== null && now < last.time.getTime() + ttlOf(last.header);
  };
  const live = new Set<string>();
  await Promise.all(
    Object.keys(state.subjects ?? {}).map(async (subject) => {
      if (await isLive(subject)) live.add(subject.slice(prefix.length));
    }),
  );
  return live;
}

/** ms for which an entry counts. */
const ttlOf = (header: MsgHdrs): number =>
  1_000 * (Number.parseInt(header.get(TTL), 10) || GATEWAY_TTL_S);

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
    ttl.set(TTL, `${ttlS}s`);
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
