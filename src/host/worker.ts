// The program of the views' thread: opens them, and says how it is.
import { parentPort, workerData } from "node:worker_threads";
import { logTo } from "../log.ts";
import { Projections } from "../roles/projections.ts";
import type { StartError } from "../start-error.ts";
import { openBroker } from "./broker.ts";
import { failureOf } from "./failure.ts";
import { Quiet } from "./memory.ts";
import { Scope } from "./scope.ts";
import { BEAT_MS } from "./lifesigns.ts";
import type { FromThread, ToThread, ViewsOf } from "./thread.ts";

const say = (message: FromThread): void => parentPort?.postMessage(message);

/** Hears what the thread is told, until it is to stop. */
const listen = (applied: () => ReadonlyMap<string, number>): Promise<void> =>
  new Promise((stop) => {
    const hear = (word: ToThread): void => {
      if (word === "far") return say({ is: "far", applied: applied() });
      parentPort?.off("message", hear);
      stop();
    };
    parentPort?.on("message", hear);
  });

/** The thread of the views, with a broker connection of its own. */
async function main({ settings, self }: ViewsOf): Promise<void> {
  const log = logTo(settings.LOG_LEVEL);
  const scope = new Scope(log);
  await scope.start(new Quiet(log));
  const now: { views?: Projections } = {};
  // A broker that is waited for, and files that are looked through before they are opened, may take their time: that is no silence.
  const beat = setInterval(
    () =>
      say({
        is: "alive",
        trouble: now.views?.trouble !== undefined,
        short: now.views?.isShort === true,
        differing: now.views?.differing ?? 0,
      }),
    BEAT_MS,
  );
  scope.defer(() => clearInterval(beat));
  const stopped = listen(() => now.views?.applied ?? new Map());
  const broker = await openBroker(settings, "posthorn-views", scope, log);
  const { dealtAnew } = broker.topology.owners;
  dealtAnew.catch((error: StartError) => say({ is: "outdated", why: error.message }));
  const views = new Projections(settings, self, broker, log);
  now.views = views;
  await scope.start(views);
  say({ is: "started" });
  await Promise.race([stopped, views.ready]);
  say({ is: "ready" });
  await Promise.race([stopped, views.done, dealtAnew]);
  await scope.stop();
}

main(workerData as ViewsOf).catch((error: unknown) => {
  say({ is: "failed", why: failureOf(error) });
  throw error;
});
