import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import type { Link } from "../nats/connection.ts";
import { NotMadeError } from "../nats/notyet.ts";
import { inTime } from "../nats/silence.ts";
import type { Wanted } from "../nats/streams.ts";
import { ensureTopology, type Right, type Topology } from "../nats/topology.ts";
import { connectInTime } from "./connectas.ts";
import { rightsMissing } from "./demandrights.ts";
import type { Scope } from "./scope.ts";

/** A connection to the broker, and the streams there. */
export interface Broker {
  readonly link: Link;
  readonly topology: Topology;
}

/**
 * Connects as `name`, and waits until the streams are there: makes those that are missing, if the user may, and else waits for the
 * one who does.
 * @throws StartError
 */
export async function openBroker(
  settings: Settings,
  name: string,
  scope: Scope,
  log: Logger,
): Promise<Broker> {
  const link = await connectInTime(settings, name, scope, log);
  const mayMake = async (): Promise<boolean> =>
    (await rightsMissing(settings, ["maker"], log)).length === 0;
  return { link, topology: await topologyInTime(settings, { link, log, mayMake }) };
}

/** The streams as the settings wish for them. */
export const wishOf = (settings: Settings): Wanted => ({
  partitions: settings.PARTITIONS,
  replicas: settings.REPLICAS,
  cluster: settings.CLUSTER_NAME,
});

/** A connection, and how far its process may go. */
interface Standing {
  readonly link: Link;
  readonly log: Logger;
  /** Asked once, when something is missing. */
  mayMake(): Promise<boolean>;
}

/** The streams as they are, waited for while it is worth it. @throws StartError */
export function topologyInTime(settings: Settings, by: Standing): Promise<Topology> {
  const { nc } = by.link;
  const wish = wishOf(settings);
  let right: Right | undefined;
  return inTime(by.log, async () => {
    try {
      return await ensureTopology(nc, wish, right ?? "use");
    } catch (error) {
      if (right !== undefined || !(error instanceof NotMadeError)) throw error;
      right = (await by.mayMake()) ? "make" : "use";
      return ensureTopology(nc, wish, right);
    }
  });
}
