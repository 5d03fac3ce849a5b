import { headers, type MsgHdrs } from "@nats-io/transport-node";
import type { Logger } from "pino";
import { StartError } from "../../start-error.ts";
import { reason, type Link } from "../connection.ts";
import { seqOf } from "../publish/publication.ts";
import { kvStream, kvSubject } from "../subjects.ts";
import { GATEWAYS } from "../streams.ts";
import { timeOf } from "../time.ts";
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
export async function gatewaysOf({ jsm }: Pick<Topology, "jsm">): Promise<Set<string>> {
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

/** The gateways that are alive, as the registry says; read again every two seconds. */
export class LiveGateways {
  readonly #topology: Topology;
  readonly #log: Logger;
  #live = new Set<string>();
  #listedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(topology: Topology, log: Logger) {
    this.#topology = topology;
    this.#log = log;
  }

  /** @throws Error when the broker does not answer. */
  async start(): Promise<void> {
    await this.#list();
    this.#timer = setInterval(() => {
      this.#list().catch((error: unknown) =>
        this.#log.debug({ reason: reason(error) }, "registry not read"),
      );
    }, GATEWAY_LIST_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** While the registry cannot be read, nobody is taken for dead. */
  has(gatewayId: string): boolean {
    const isStale = performance.now() - this.#listedAt > 2 * GATEWAY_LIST_MS;
    return isStale || this.#live.has(gatewayId);
  }

  async #list(): Promise<void> {
    this.#live = await gatewaysOf(this.#topology);
    this.#listedAt = performance.now();
  }
}

/** A gateway's entry in the registry, renewed as long as it runs. */
export class Registration {
  readonly #link: Link;
  readonly #gatewayId: string;
  readonly #lost: () => void;
  readonly #log: Logger;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** @param lost is called when the gateway was away so long that it counts as dead. */
  constructor(link: Link, gatewayId: string, lost: () => void, log: Logger) {
    this.#link = link;
    this.#gatewayId = gatewayId;
    this.#lost = lost;
    this.#log = log;
  }

  /** @throws StartError when the broker does not store it. */
  async start(): Promise<void> {
    this.#renewedAt = performance.now();
    await this.#renew().catch((error: unknown) => {
      throw new StartError(`the broker stores nothing, is its disk full? ${reason(error)}`);
    });
    this.#timer = setInterval(() => {
      this.#renew().catch((error: unknown) =>
        this.#log.debug({ reason: reason(error) }, "registry not renewed"),
      );
    }, GATEWAY_RENEW_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#timer !== undefined && this.#link.connected())
      await this.#renew(1).catch(() => this.#log.debug("registry not told of the end"));
  }

  /** Has the broker stored a renewal lately? So it tells also of a disk that is full. */
  get isFresh(): boolean {
    return performance.now() - this.#renewedAt < GATEWAY_TTL_S * 1_000;
  }

  async #renew(ttlS = GATEWAY_TTL_S): Promise<void> {
    const ttl = headers();
    ttl.set(TTL, `${ttlS}s`);
    const began = performance.now();
    const answer = await this.#link.nc.request(kvSubject(GATEWAYS, this.#gatewayId), "", {
      headers: ttl,
      timeout: GATEWAY_RENEW_MS,
    });
    // A full disk, no leader: it answers, but has stored nothing.
    if (seqOf(answer.string()) === undefined) throw new Error("the broker did not store it");
    if (began - this.#renewedAt > GATEWAY_TTL_S * 1_000) this.#lost();
    this.#renewedAt = began;
  }
}
