import { parentPort, workerData } from "node:worker_threads";
import type { Settings } from "../config.ts";
import { logTo } from "../log.ts";
import { startActors } from "./actors.ts";
import { openNats, type Undo } from "./nats.ts";
import type { FromThread } from "./thread.ts";
import { startViews } from "./views.ts";

/** The thread behind the sockets: projections and actors, with broker connections of their own. */
async function main(settings: Settings): Promise<void> {
  const log = logTo(settings.LOG_LEVEL);
  const undo: Undo = [];
  const nats = await openNats(settings, undo, log, "posthorn-host");
  const views = await startViews(settings, nats, undo, log.child({ part: "projections" }));
  const partitions = await startActors(settings, nats, undo, log);
  const stopped = new Promise<void>((stop) => parentPort?.once("message", () => stop()));
  await views.ready;
  parentPort?.postMessage({ ready: true } satisfies FromThread);
  await Promise.race([stopped, views.done, ...partitions.map(({ done }) => done)]);
  for (const undone of undo.toReversed()) await undone();
}

main(workerData as Settings).catch((error: unknown) => {
  const failed = error instanceof Error ? error.message : String(error);
  parentPort?.postMessage({ failed } satisfies FromThread);
  throw error;
});
