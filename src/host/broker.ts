import type { Logger } from "pino";
import type { Settings } from "../config/config.ts";
import { connect, type Link } from "../nats/connection.ts";
import { core, type Core } from "../nats/core.ts";
import { checkpoints, snapshots } from "../nats/kv/kv.ts";
import { MailboxLog } from "../nats/read/log.ts";
import { Publisher } from "../nats/publish/publisher.ts";
import { ensureTopology, type Topology } from "../nats/topology.ts";

const SETTLE_MS = 5_000;

/** What to do at the end, last thing first. */
export type Undo = (() => Promise<void>)[];

/** Does it. What fails is logged, and does not keep the rest from being done. */
export async function undoAll(undo: Undo, log: Logger): Promise<void> {
  for (const undone of undo.splice(0).toReversed())
    await undone().catch((error: unknown) => log.error({ error }, "not stopped as it should be"));
}

/** Everything that speaks to the broker, made once per thread. */
export interface Nats {
  readonly link: Link;
  readonly topology: Topology;
  readonly publisher: Publisher;
  readonly mailboxes: MailboxLog;
  readonly core: Core;
  readonly checkpoints: ReturnType<typeof checkpoints>;
  readonly snapshots: ReturnType<typeof snapshots>;
}

/** A connection as the settings say. @throws StartError */
export const connectAs = (settings: Settings, name: string, log: Logger): Promise<Link> =>
  connect(
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

/** Connects as `name`, and makes the streams that are missing. @throws StartError */
export async function openNats(
  settings: Settings,
  undo: Undo,
  log: Logger,
  name: string,
): Promise<Nats> {
  const open = async (as: string): Promise<Link> => {
    const link = await connectAs(settings, as, log);
    undo.push(() => link.drain());
    return link;
  };
  const link = await open(name);
  const reads = await open(`${name}-reads`);
  // On the same link as the readers: what one asks at its reconnect must not wait for another's.
  const topology = await ensureTopology(link.nc, {
    partitions: settings.PARTITIONS,
    replicas: settings.REPLICAS,
  });
  const publisher = new Publisher(link, log);
  undo.push(() => publisher.settle(link.connected() ? SETTLE_MS : 0));
  return {
    link,
    topology,
    publisher,
    mailboxes: new MailboxLog(reads, topology),
    core: core(link, topology, log),
    checkpoints: checkpoints(topology, publisher),
    snapshots: snapshots(topology, publisher),
  };
}
