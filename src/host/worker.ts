import { parentPort, workerData } from "node:worker_threads";
import type { Settings } from "../config/config.ts";
import { logTo } from "../log.ts";
import { startActors } from "../roles/actors.ts";
import { source } from "../nats/read/reader.ts";
import { shared } from "../nats/read/shared.ts";
import { mailboxStream } from "../nats/subjects.ts";
import { giveBackWhenQuiet } from "./memory.ts";
import { openNats, undoAll, type Undo } from "./broker.ts";
import type { FromThread } from "./thread.ts";
import { startViews } from "../roles/projections.ts";

/** The thread behind the sockets: projections and actors, with broker connections of their own. */
async function main(settings: Settings): Promise<void> {
  const log = logTo(settings.LOG_LEVEL);
  const undo: Undo = [];
  giveBackWhenQuiet(undo, log);
  const nats = await openNats(settings, undo, log, "posthorn-host");
  const mailboxes = Array.from({ length: nats.topology.partitions }, (_, p) =>
    // Views and actors follow the same streams: the broker delivers each entry once.
    shared(source(nats.link, nats.topology, mailboxStream(p), log), 2, log),
  );
  const views = await startViews(settings, nats, mailboxes, undo, log);
  const partitions = await startActors(settings, nats, mailboxes, undo, log);
  const stopped = new Promise<void>((stop) => parentPort?.once("message", () => stop()));
  await views.ready;
  parentPort?.postMessage({ ready: true } satisfies FromThread);
  await Promise.race([stopped, views.done, ...partitions.map(({ done }) => done)]);
  await undoAll(undo, log);
}

main(workerData as Settings).catch((error: unknown) => {
  const failed = error instanceof Error ? error.message : String(error);
  parentPort?.postMessage({ failed } satisfies FromThread);
  throw error;
});
