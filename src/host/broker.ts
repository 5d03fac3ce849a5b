import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import { connect, type Address, type Link } from "../nats/connection.ts";
import { ensureTopology, type Topology } from "../nats/topology.ts";
import type { Scope } from "./scope.ts";
import { asOfNow } from "./secretfile.ts";

/** A connection to the broker, and the streams there. */
export interface Broker {
  readonly link: Link;
  readonly topology: Topology;
}

/** A connection as the settings say, until the scope ends. `inbox`: begins the subjects of answers. @throws StartError */
export async function connectAs(
  settings: Settings,
  name: string,
  scope: Scope,
  log: Logger,
  inbox?: string,
): Promise<Link> {
  const link = await connect(addressOf(settings, log, inbox), name, log);
  scope.defer(() => link.drain());
  return link;
}

/** The broker's address, with credentials that are read again at each attempt to connect. */
function addressOf(settings: Settings, log: Logger, inbox?: string): Address {
  const secret = (name: "NATS_USER" | "NATS_PASSWORD" | "NATS_TOKEN" | "NATS_CREDS") => {
    const { [name]: text, files } = settings;
    const file = files[name];
    return asOfNow(text === undefined ? undefined : { text, ...(file && { file }) }, log);
  };
  const [user, password] = [secret("NATS_USER"), secret("NATS_PASSWORD")];
  const [token, creds] = [secret("NATS_TOKEN"), secret("NATS_CREDS")];
  return {
    url: settings.NATS_URL,
    inbox,
    get user() {
      return user();
    },
    get password() {
      return password();
    },
    get token() {
      return token();
    },
    get creds() {
      return creds();
    },
  };
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
