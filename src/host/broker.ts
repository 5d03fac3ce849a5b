import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import { connect, type Link } from "../nats/connection.ts";
import { ensureTopology, type Topology } from "../nats/topology.ts";
import type { Scope } from "./scope.ts";

/** A connection to the broker, and the streams there. */
export interface Broker {
  readonly link: Link;
  readonly topology: Topology;
}

/** A connection as the settings say, until the scope ends. @throws StartError */
export async function connectAs(
  settings: Settings,
  name: string,
  scope: Scope,
  log: Logger,
): Promise<Link> {
  const link = await connect(
    {
      url: settings.NATS_URL,
      user: settings.NATS_USER,
      password: settings.NATS_PASSWORD,
      token: settings.NATS_TOKEN,
      creds: settings.NATS_CREDS,
    },
    name,
    log,
  );
  scope.defer(() => link.drain());
  return link;
}

/** Connects as `name`, and makes the streams that are missing. @throws StartError */
export async function openBroker(
  settings: Settings,
  name: string,
  scope: Scope,
  log: Logger,
): Promise<Broker> {
  const link = await connectAs(settings, name, scope, log);
  const topology = await ensureTopology(link.nc, {
    partitions: settings.PARTITIONS,
    replicas: settings.REPLICAS,
  });
  return { link, topology };
}
