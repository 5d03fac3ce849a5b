import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import { createInbox } from "@nats-io/transport-node";
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

/**
 * The beginning of the subjects of answers to a user: each has its own in docker/nats.conf. A name that is no
 * token cannot have one.
 */
export const inboxOf = (user: string | undefined): string | undefined =>
  user !== undefined && /^[A-Za-z0-9_-]+$/.test(user) ? `_INBOX_${user}` : undefined;

/** Begins to administer. `inbox`: begins the subjects of answers; undefined: as the connection's own. */
export async function administer({ nc }: Link, inbox = "_INBOX_posthorn"): Promise<Administered> {
  return {
    exchange: new Exchange(nc),
    jsm: await jetstreamManager(nc, { checkAPI: false }),
    version: nc.info?.version ?? "0",
    clustered: nc.info?.cluster !== undefined,
    inbox: () => createInbox(inbox),
  };
}
