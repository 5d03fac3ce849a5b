import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import type { Link } from "../connection.ts";
import { Exchange } from "./exchange.ts";

/** A broker as backup and restore speak to it, with the rights of `admin` (docker/nats.conf). */
export interface Administered {
  readonly exchange: Exchange;
  readonly jsm: JetStreamManager;
  /** Of the server that answers: `2.15.1`. */
  readonly version: string;
  /** Has it other servers beside it, so that a stream may have several replicas? */
  readonly clustered: boolean;
  /** Another subject for answers. */
  inbox(): string;
}

/** Busy with streams that it copies, a broker answers late. */
const ANSWER_MS = 60_000;

/** Begins to administer. */
export async function administer({ nc, inbox }: Link): Promise<Administered> {
  return {
    exchange: new Exchange(nc),
    jsm: await jetstreamManager(nc, { checkAPI: false, timeout: ANSWER_MS }),
    version: nc.info?.version ?? "0",
    clustered: nc.info?.cluster !== undefined,
    inbox,
  };
}
