import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import type { Link } from "../nats/connection.ts";
import { NotYetError } from "../nats/notyet.ts";
import type { Wanted } from "../nats/streams.ts";
import { ensureTopology, type Right, type Topology } from "../nats/topology.ts";
import { StartError } from "../start-error.ts";
import { connectAs } from "./connectas.ts";
import { rightsMissing } from "./demandrights.ts";
import type { Scope } from "./scope.ts";

/** Between two looks at a broker that cannot be used yet. */
const LOOK_MS = 500;
/** The wait is said so often. */
const SAY_MS = 5_000;

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
  const link = await connectAs(settings, name, scope, log);
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

/** The streams as they are, waited for while it is worth it, which is said now and then. @throws StartError */
export async function topologyInTime(settings: Settings, by: Standing): Promise<Topology> {
  const wish = wishOf(settings);
  const since = performance.now();
  let saidAt = since - SAY_MS;
  let right: Right | undefined;
  for (;;) {
    try {
      return await ensureTopology(by.link.nc, wish, right ?? "use");
    } catch (error) {
      if (!(error instanceof NotYetError)) throw error;
      const now = performance.now();
      if (right === undefined) {
        right = (await by.mayMake()) ? "make" : "use";
        continue;
      }
      const waited = Math.round((now - since) / 1_000);
      if (now - since > error.waitMs) throw new StartError(`${error.message} (after ${waited} s)`);
      if (now - saidAt >= SAY_MS) by.log.warn({ reason: error.message }, "waiting for the broker");
      if (now - saidAt >= SAY_MS) saidAt = now;
      await pause(LOOK_MS);
    }
  }
}
