import { parentPort, workerData } from "node:worker_threads";
import type { Settings } from "../config/config.ts";
import { logTo, traced } from "../log.ts";
import { Projections } from "../roles/projections.ts";
import { StartError } from "../start-error.ts";
import { openBroker } from "./broker.ts";
import { Quiet } from "./memory.ts";
import { Scope } from "./scope.ts";
import type { FromThread } from "./thread.ts";

/** The thread of the views, with a broker connection of its own. */
async function main(settings: Settings): Promise<void> {
  const log = logTo(settings.LOG_LEVEL);
  const scope = new Scope(log);
  await scope.start(new Quiet(log));
  const broker = await openBroker(settings, "posthorn-views", scope, log);
  const views = await scope.start(new Projections(settings, broker, log));
  const stopped = new Promise<void>((stop) => parentPort?.once("message", () => stop()));
  await Promise.race([stopped, views.ready]);
  parentPort?.postMessage({ ready: true } satisfies FromThread);
  await Promise.race([stopped, views.done]);
  await scope.stop();
}

main(workerData as Settings).catch((error: unknown) => {
  const failed = error instanceof StartError ? error.message : traced(error);
  parentPort?.postMessage({ failed } satisfies FromThread);
  throw error;
});
