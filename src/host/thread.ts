import { Worker } from "node:worker_threads";
import type { Settings } from "../config/config.ts";
import { traced } from "../log.ts";
import { StartError } from "../start-error.ts";
import type { Part } from "./scope.ts";

/** What the thread says: once it answers, or why it cannot. */
export type FromThread = { readonly ready: true } | { readonly failed: string };

/**
 * The views, in a thread of their own, because LMDB's commits and queries are synchronous: nothing
 * asked of a view holds up a socket or an actor (docs/adr/0011).
 */
export class ViewsThread implements Part {
  readonly #settings: Settings;
  #worker: Worker | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Resolves when everything that was stored at the start is in the views. @throws StartError */
  async start(): Promise<void> {
    const worker = new Worker(new URL("./worker.js", import.meta.url), {
      workerData: this.#settings,
    });
    this.#worker = worker;
    this.#ended = new Promise<void>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("exit", (code) =>
        code === 0 ? resolve() : reject(new Error(`the views' thread: ${code}`)),
      );
    });
    await new Promise<void>((ready, refuse) => {
      worker.once("message", (message: FromThread) => {
        if ("ready" in message) ready();
        else refuse(new StartError(message.failed));
      });
      this.#ended.catch((error: unknown) =>
        refuse(new StartError(`the views cannot be kept: ${traced(error)}`)),
      );
    });
  }

  /** Rejects when the thread has died. */
  get done(): Promise<void> {
    return this.#ended;
  }

  async stop(): Promise<void> {
    this.#worker?.postMessage("stop");
    await Promise.allSettled([this.#ended]);
  }
}
