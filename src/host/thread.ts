import { Worker } from "node:worker_threads";
import type { Settings } from "../config/config.ts";
import { StartError } from "../start-error.ts";
import type { Undo } from "./broker.ts";

/** What the thread says: once it answers, or why it cannot. */
export type FromThread = { readonly ready: true } | { readonly failed: string };

/**
 * Runs actors and projections in a thread of their own, so that folding and committing never holds up
 * a socket (docs/adr/0006). Resolves when they are ready: everything stored so far is in the views.
 * `done` rejects when the thread has died.
 * @throws StartError when it cannot start.
 */
export async function startHost(
  settings: Settings,
  undo: Undo,
): Promise<{ readonly done: Promise<void> }> {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: settings });
  const ended = new Promise<void>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`actor host: ${code}`)),
    );
  });
  undo.push(async () => {
    worker.postMessage("stop");
    await Promise.allSettled([ended]);
  });
  await new Promise<void>((ready, refuse) => {
    worker.once("message", (message: FromThread) => {
      if ("ready" in message) ready();
      else refuse(new StartError(message.failed));
    });
    ended.catch((error: unknown) =>
      refuse(new StartError(`actors and views cannot run: ${String(error)}`)),
    );
  });
  return { done: ended };
}
