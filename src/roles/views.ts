import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import type { Settings } from "../config.ts";
import { Query } from "../events/views.ts";
import { logTo } from "../log.ts";
import { core } from "../nats/core.ts";
import { source } from "../nats/reader.ts";
import { ACTIVITY_STREAM, mailboxStream, partitionOf } from "../nats/subjects.ts";
import { ensureTopology } from "../nats/topology.ts";
import { startProjections } from "../projections/projections.ts";
import { connectAs } from "./nats.ts";
import type { FromThread } from "./thread.ts";

/** The thread of the projections: follows the streams, keeps the views and answers questions. */
async function main(settings: Settings): Promise<void> {
  const log = logTo(settings.LOG_LEVEL).child({ part: "projections" });
  const link = await connectAs(settings, "posthorn-views", log);
  const topology = await ensureTopology(link.nc, {
    partitions: settings.PARTITIONS,
    replicas: settings.REPLICAS,
  });
  const streams = Array.from({ length: topology.partitions }, (_, p) => mailboxStream(p));
  const views = await startProjections({
    sources: [...streams, ACTIVITY_STREAM].map((stream) => source(link, topology, stream, log)),
    dir: join(settings.DATA_DIR, "views"),
    mailboxOf: (owner) => mailboxStream(partitionOf(owner, topology.partitions)),
    now: Date.now,
    onlineMs: settings.ONLINE_MS,
    log,
  });
  const off = core(link, topology, log).onQuery(async (text) => {
    const query = Query.safeParse(JSON.parse(text));
    return JSON.stringify(query.success ? await views.answer(query.data) : { error: "internal" });
  });
  parentPort?.once("message", () => {
    off();
    void views.stop().then(() => link.drain());
  });
  await views.ready;
  parentPort?.postMessage({ ready: true } satisfies FromThread);
  await views.done;
}

main(workerData as Settings).catch((error: unknown) => {
  const failed = error instanceof Error ? error.message : String(error);
  parentPort?.postMessage({ failed } satisfies FromThread);
  throw error;
});
