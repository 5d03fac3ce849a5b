import type { Logger } from "pino";

/** A part that runs until it is stopped. */
export interface Part {
  start(): Promise<void> | void;
  /** Also after a start that failed or was never made. */
  stop(): Promise<void> | void;
}

/** The parts that have been started, stopped in reverse at the end. */
export class Scope {
  readonly #log: Logger;
  readonly #stops: (() => Promise<void> | void)[] = [];
  #stopped: Promise<void> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Starts a part and remembers to stop it. @throws what its start throws. */
  async start<P extends Part>(part: P): Promise<P> {
    this.defer(() => part.stop());
    await part.start();
    return part;
  }

  /** Remembers what to do at the end. */
  defer(stop: () => Promise<void> | void): void {
    this.#stops.push(stop);
  }

  /** Stops all parts, once. A part that fails is logged, and does not keep the rest from being stopped. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  /** Stops nothing from now on: the process ends as it is. */
  abandon(): void {
    this.#stops.length = 0;
  }

  async #stop(): Promise<void> {
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) {
      try {
        await stop();
      } catch (error) {
        this.#log.error({ error }, "not stopped as it should be");
      }
    }
  }
}
